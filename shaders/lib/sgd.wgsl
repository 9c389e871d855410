// w ← w − μ ∂z/∂w. The rate comes from a buffer: baked as 0.0 it would let the compiler delete the gradient.
fn sgd(w: f32, gradient: f32, learning_rate: f32) -> f32 {
  return w - learning_rate * gradient;
}
