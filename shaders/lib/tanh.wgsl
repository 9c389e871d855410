// tanh with a relative error of a few ULP: the odd polynomial of Cephes' tanhf (S. Moshier) near 0, where 1 − e⁻²ˣ would
// cancel, and the exponential form elsewhere. Neither overflows, and a NaN stays one.
fn stable_tanh(x: f32) -> f32 {
  let z = x * x;
  let p = (((-5.70498872745e-3 * z + 2.06390887954e-2) * z - 5.37397155531e-2) * z + 1.33314422036e-1) * z - 3.33332819422e-1;
  let e = exp(-2.0 * abs(x));
  let far = (1.0 - e) / (1.0 + e);
  return select(select(-far, far, x >= 0.0), x + x * z * p, abs(x) < 0.625);
}
