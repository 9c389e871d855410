import text from "../../shaders/sigmoid_backward.wgsl?raw";
import { elementwise, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** ct · y(1−y) for y = σ(x). A primitive: the backward kernel of the seed, and one name in every printed plan. */
export const sigmoidBackward: Primitive<NoAttrs> = elementwise({
  name: "sigmoidBackward",
  scalar: (y, ct) => ct * y * (1 - y),
  wgsl: ([y, ct]) => `sigmoid_backward(${y}, ${ct})`,
  shader: { name: "sigmoid_backward", text },
  // d(ct·y(1−y)) = ct·(1−2y)·dy + y(1−y)·dct
  vjp: ({ x: y, y: dy, ct }, b) => {
    const slope = b.sub(b.constant(1), b.mul(y, b.constant(2)));
    return [sumTo(b, b.mul(b.mul(ct, dy), slope), y.shape), sumTo(b, b.sigmoidBackward(y, ct), dy.shape)];
  },
});
