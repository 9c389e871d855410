import library from "../../shaders/lib/tanh.wgsl?raw";
import { elementwise, type NoAttrs, type Primitive } from "./define.ts";

/** tanh x. A primitive: WGSL's own may overflow for large |x| and is allowed an absolute error of 1e-5. */
export const tanh: Primitive<NoAttrs> = elementwise({
  name: "tanh",
  scalar: (x) => Math.tanh(x),
  wgsl: ([x]) => `stable_tanh(${x})`,
  library,
  // tanh′ = 1 − tanh²
  vjp: ({ out, ct }, b) => [b.mul(ct, b.sub(b.constant(1), b.square(out)))],
});
