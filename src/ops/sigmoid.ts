import text from "../../shaders/sigmoid.wgsl?raw";
import { elementwise, floats, type NoAttrs, type Primitive } from "./define.ts";

/** σ(x) = 1/(1+e⁻ˣ). A primitive: composed, it overflows for large −x. */
export const sigmoid: Primitive<NoAttrs> = elementwise({
  name: "sigmoid",
  dtype: floats,
  scalar: (x) => 1 / (1 + Math.exp(-x)),
  wgsl: ([x]) => `sigmoid(${x})`,
  shader: { name: "sigmoid", text },
  // σ′ = σ(1−σ), from the kept activation: textbook, equation (6).
  vjp: ({ out, ct }, b) => [b.sigmoidBackward(out, ct)],
});
