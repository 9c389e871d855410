import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import { at, type NoAttrs, type Primitive } from "./define.ts";

/**
 * Writes scalars to row (step mod capacity) of a ring (capacity, width) and counts the step: (ring′, step′). A
 * primitive: the one write whose place depends on data, so that a loss is kept without a read-back.
 */
export const record: Primitive<NoAttrs> = {
  name: "record",
  noGradient: "a ring is written, not differentiated. Differentiate the metric itself.",
  infer(inputs) {
    const ring = at(inputs, 0);
    const metrics = inputs.slice(2);
    if (
      ring.shape.length !== 2 ||
      ring.shape[1] !== metrics.length ||
      metrics.some(({ shape }) => shape.length)
    )
      throw new ShapeError(
        `record: the ring is ${formatShape(ring.shape)} and the metrics are ${metrics.map(({ shape }) => formatShape(shape)).join(", ")}. ` +
          `Use a ring of (capacity, ${metrics.length}) and scalars.`,
      );
    const step = at(inputs, 1);
    if (step.shape.length)
      throw new ShapeError(`record: the step is ${formatShape(step.shape)}. Use a scalar.`);
    if (step.dtype !== "u32")
      throw new DTypeError(`record: the step is ${step.dtype}. Use u32: it counts from 0.`);
    const other = [ring, ...metrics].find(({ dtype }) => dtype !== "f32");
    if (other)
      throw new DTypeError(
        `record: the ring and the metrics must be f32, but one is ${other.dtype}. Cast it to f32 first.`,
      );
    return [ring, step];
  },
  effect: {
    overwrites: [0, 1],
    statements(printer, [ring, step], node) {
      const [capacity = 1, width = 1] = at(node.inputs, 0).shape;
      const row = `(${step}[0] % ${printer.uniform(capacity, "u32")}) * ${width}u`;
      const writes = node.inputs.slice(2).map((_, i) => `${ring}[${row} + ${i}u] = ${printer.value(i + 2)};`);
      return [...writes, `${step}[0] = ${step}[0] + 1u;`].join("\n");
    },
  },
};
