import text from "../../shaders/sigmoid.wgsl?raw";
import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** σ(x) = 1/(1+e⁻ˣ). A primitive: composed, it overflows for large −x. */
export const sigmoid: Primitive<NoAttrs> = elementwise({
  name: "sigmoid",
  scalar: (x) => 1 / (1 + Math.exp(-x)),
  shader: { name: "sigmoid", text },
  // σ′ = σ(1−σ), from the kept activation: textbook, equation (6).
  vjp: ({ out, ct }, b) => [b.sigmoidBackward(out, ct)],
});
