// Softmax along one axis, an invocation a row. Row r starts at (r / inner)·length·inner + r mod inner, its elements lie
// `inner` apart. As it lies here: y = eˣ⁻ᵐ / Σ eˣ⁻ᵐ with m the row's maximum.
// @slot library

struct Params {
  rows: u32,
  length: u32,
  inner: u32,
  // @slot fields
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// @slot bindings
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
// @end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  // @slot prelude
  let start = (row / params.inner) * params.length * params.inner + row % params.inner;
  var maximum = x[start];
  for (var i = 1u; i < params.length; i++) {
    maximum = max(maximum, x[start + i * params.inner]);
  }
  var total = 0.0;
  for (var i = 0u; i < params.length; i++) {
    total += exp(x[start + i * params.inner] - maximum);
  }
  for (var i = 0u; i < params.length; i++) {
    let element = start + i * params.inner;
    // @slot value
    let value = exp(x[element] - maximum) / total;
    // @end
    // @slot store
    y[element] = value;
    // @end
  }
}
