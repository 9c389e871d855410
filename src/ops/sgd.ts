import text from "../../shaders/sgd.wgsl?raw";
import { elementwise, sumTo, type NoAttrs, type Primitive } from "./define.ts";

/** w − μ·g: textbook, part A. A primitive: the update kernel of the seed, and one name in every printed plan. */
export const sgd: Primitive<NoAttrs> = elementwise({
  name: "sgd",
  scalar: (w, g, learningRate) => w - learningRate * g,
  shader: { name: "sgd", text },
  vjp: ({ x: w, y: g, z: rate, ct }, b) => [
    sumTo(b, ct, w.shape),
    b.neg(sumTo(b, b.mul(ct, rate), g.shape)),
    b.neg(sumTo(b, b.mul(ct, g), rate.shape)),
  ],
});
