// dx = ct · σ′(x). One invocation an element; other kernels take the function.
// @slot library
// σ′ = y(1 − y), from the kept activation y = σ(x).
fn sigmoid_backward(y: f32, ct: f32) -> f32 {
  return ct * y * (1.0 - y);
}
// @end

struct Params {
  size: u32,
  // @slot fields
}

@group(0) @binding(0) var<uniform> params: Params;
// @slot bindings
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> ct: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
// @end

const LANES: u32 = 64u; // @constant

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * LANES + lane;
  if (index >= params.size) {
    return;
  }
  // @slot prelude
  // @slot store
  dx[index] = sigmoid_backward(y[index], ct[index]);
  // @end
}
