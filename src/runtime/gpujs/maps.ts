// What each pointwise op is, as text that gpu.js compiles. A bool is 0 or 1. An op that is not here runs by its reference.

import type { Node } from "../../graph/op.ts";

/** Gives the text of a node's output; `name` puts a text into a variable, which it gives. */
export type MapText = (operands: readonly string[], node: Node, name: (text: string) => string) => string;

const relations: Readonly<Record<string, string>> = {
  eq: "===",
  ne: "!==",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

export const maps: Readonly<Record<string, MapText>> = {
  abs: ([x]) => `Math.abs(${x})`,
  add: ([x, y]) => `${x} + ${y}`,
  broadcast: ([x]) => `${x}`,
  cast: ([x], { attrs }) => (attrs["dtype"] === "bool" ? `(${x} !== 0 ? 1 : 0)` : `${x}`),
  compare: ([x, y], { attrs }) => `(${x} ${relations[String(attrs["relation"])]} ${y} ? 1 : 0)`,
  div: ([x, y]) => `${x} / ${y}`,
  exp: ([x]) => `Math.exp(${x})`,
  log: ([x]) => `Math.log(${x})`,
  mul: ([x, y]) => `${x} * ${y}`,
  neg: ([x]) => `-${x}`,
  // Written so that a NaN stays.
  relu: ([x]) => `(${x} <= 0 ? 0 : ${x})`,
  sgd: ([w, g, rate]) => `${w} - ${rate} * ${g}`,
  // From e^−|x|, which does not overflow.
  sigmoid([x], _, name) {
    const e = name(`Math.exp(-Math.abs(${x}))`);
    return `(${x} >= 0 ? 1 : ${e}) / (1 + ${e})`;
  },
  sigmoidBackward: ([y, ct]) => `${ct} * ${y} * (1 - ${y})`,
  sqrt: ([x]) => `Math.sqrt(${x})`,
  square: ([x]) => `${x} * ${x}`,
  sub: ([x, y]) => `${x} - ${y}`,
  // As shaders/lib/tanh.wgsl: Cephes' polynomial near 0, where 1 − e⁻²ˣ would cancel.
  tanh([x], _, name) {
    const z = name(`${x} * ${x}`);
    const p = name(
      `(((-5.70498872745e-3 * ${z} + 2.06390887954e-2) * ${z} - 5.37397155531e-2) * ${z} + 1.33314422036e-1) * ${z} - 3.33332819422e-1`,
    );
    const e = name(`Math.exp(-2 * Math.abs(${x}))`);
    const far = name(`(1 - ${e}) / (1 + ${e})`);
    return `(Math.abs(${x}) < 0.625 ? ${x} + ${x} * ${z} * ${p} : (${x} >= 0 ? ${far} : -${far}))`;
  },
  where: ([condition, x, y]) => `(${condition} !== 0 ? ${x} : ${y})`,
};
