// Reductions over axes, and maps around them. As it lies here: y = Σ x.
// x is seen as kept × reduced axes, each up to four (size, stride) pairs, innermost first; a row is what one total is made of.
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
const WORKGROUP: u32 = 64u; // @constant
// Invocations that share a row: a power of two up to the workgroup's.
const LANES: u32 = 64u; // @constant

var<workgroup> partial: array<f32, WORKGROUP>;

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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  // Barriers are for all: past the last row, its elements are read again, and nothing is written.
  let place = (group.y * groups.x + group.x) * WORKGROUP + invocation;
  let exists = place / LANES < params.outputs;
  let output = min(place / LANES, params.outputs - 1u);
  let lane = place % LANES;
  // @slot leave
  // @slot prelude
  let kept = offset(output, KEPT_GROUPS, params.kept_sizes, params.kept_strides);
  // @slot passes
  var total = 0.0;
  for (var first = 0u; first < params.count; first += LANES) {
    let own = first + lane < params.count;
    let r = min(first + lane, params.count - 1u);
    let element = kept + offset(r, REDUCED_GROUPS, params.reduced_sizes, params.reduced_strides);
    total = select(total, total + x[element], own);
  }
  partial[invocation] = total;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    if (lane < half) {
      partial[invocation] = partial[invocation] + partial[invocation + half];
    }
    workgroupBarrier();
  }
  total = partial[invocation - lane];
  workgroupBarrier();
  // @end
  if (exists && lane == 0u) {
    // @slot store
    y[output] = total;
    // @end
  }
}
