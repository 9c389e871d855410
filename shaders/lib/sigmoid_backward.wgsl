// ct · σ′(x), with σ′ = y(1 − y) from the kept activation y = σ(x).
fn sigmoid_backward(y: f32, ct: f32) -> f32 {
  return ct * y * (1.0 - y);
}
