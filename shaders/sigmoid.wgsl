// y = σ(x). One invocation an element; other kernels take the function.
// @slot library
// From exp(−|x|): never overflows, and keeps a NaN (a clamp would hide it).
fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e / (1.0 + e), 1.0 / (1.0 + e), x >= 0.0);
}
// @end

struct Params {
  size: u32,
  // @slot fields
}

@group(0) @binding(0) var<uniform> params: Params;
// @slot bindings
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
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
  y[index] = sigmoid(x[index]);
  // @end
}
