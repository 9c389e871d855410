// w ← w − μ ∂z/∂w, in place. One invocation a parameter; other kernels take the function.
// @slot library
// The rate comes from a buffer: baked as 0.0 it would let the compiler delete the gradient.
fn sgd(w: f32, gradient: f32, learning_rate: f32) -> f32 {
  return w - learning_rate * gradient;
}
// @end

struct Params {
  size: u32,
  // @slot fields
}

@group(0) @binding(0) var<uniform> params: Params;
// @slot bindings
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read> learning_rate: array<f32>;
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
  w[index] = sgd(w[index], gradient[index], learning_rate[0]);
  // @end
}
