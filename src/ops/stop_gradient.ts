import { at, type NoAttrs, type Primitive } from "./define.ts";

/** x itself, through which no gradient flows. A primitive: a statement to reverse mode, with no kernel. */
export const stopGradient: Primitive<NoAttrs> = {
  name: "stopGradient",
  alias: true,
  infer: (inputs) => [at(inputs, 0)],
  vjp: () => [undefined],
};
