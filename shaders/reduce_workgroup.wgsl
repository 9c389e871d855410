// Reduction over axes, one workgroup an output element: 64 partial results, then a tree. As it lies here: y = Σ x.
// x is seen as kept × reduced axes, each up to four (size, stride) pairs, innermost first.
// @slot library

struct Params {
  kept_sizes: vec4<u32>,
  kept_strides: vec4<u32>,
  reduced_sizes: vec4<u32>,
  reduced_strides: vec4<u32>,
  outputs: u32,
  count: u32,
  // @slot fields
}

@group(0) @binding(0) var<uniform> params: Params;
// @slot bindings
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
// @end

const KEPT_GROUPS: u32 = 2u; // @constant
const REDUCED_GROUPS: u32 = 2u; // @constant

var<workgroup> partial: array<f32, 64>;

fn offset(i: u32, groups: u32, sizes: vec4<u32>, strides: vec4<u32>) -> u32 {
  if (groups == 1u) {
    return i * strides.x;
  }
  var rest = i;
  var total = 0u;
  for (var g = 0u; g < 4u; g++) {
    total += (rest % sizes[g]) * strides[g];
    rest = rest / sizes[g];
  }
  return total;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let output = group.y * groups.x + group.x;
  if (output >= params.outputs) {
    return;
  }
  // @slot prelude
  let kept = offset(output, KEPT_GROUPS, params.kept_sizes, params.kept_strides);
  // @slot start
  let first = false;
  // @end
  var total = 0.0;
  // Where the total starts with an element, lanes without one of their own take the last.
  let steps = (params.count + 63u) / 64u;
  for (var step = 0u; step < steps; step++) {
    let r = step * 64u + lane;
    if (r < params.count || (first && step == 0u)) {
      let element = kept + offset(min(r, params.count - 1u), REDUCED_GROUPS, params.reduced_sizes, params.reduced_strides);
      // @slot load
      let value = x[element];
      // @end
      if (first && step == 0u) {
        total = value;
      }
      // @slot combine
      total = total + value;
      // @end
    }
  }
  partial[lane] = total;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half = half / 2u) {
    if (lane < half) {
      let value = partial[lane + half];
      // @slot combine_lanes
      total = total + value;
      // @end
      partial[lane] = total;
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    // @slot store
    y[output] = total;
    // @end
  }
}
