import { ValueError } from "../core/errors.ts";
import { elementwise, numeric, type Primitive } from "./define.ts";

export type Relation = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

const relations: Readonly<
  Record<Relation, readonly [wgsl: string, holds: (x: number, y: number) => boolean]>
> = {
  eq: ["==", (x, y) => x === y],
  ne: ["!=", (x, y) => x !== y],
  lt: ["<", (x, y) => x < y],
  le: ["<=", (x, y) => x <= y],
  gt: [">", (x, y) => x > y],
  ge: [">=", (x, y) => x >= y],
};

/** x ⋈ y as bool, broadcast. A primitive: it cannot be composed. No gradient flows through it. */
export const compare: Primitive<{ readonly relation: Relation }> = elementwise({
  name: "compare",
  dtype: (name, inputs, { relation }) => {
    if (!(relation in relations))
      throw new ValueError(
        `${name}: relation is ${relation}. Use one of ${Object.keys(relations).join(", ")}.`,
      );
    numeric(name, inputs);
    return "bool";
  },
  scalar: (x, y, _, { relation }) => Number(relations[relation][1](x, y)),
  wgsl: ([x, y], { relation }) => `select(0u, 1u, ${x} ${relations[relation][0]} ${y})`,
  vjp: () => [undefined, undefined],
});
