// An op by its reference, on views of the memory: for what has no kernel here.

import { viewAs } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Value } from "../../graph/op.ts";
import { byReference } from "../../oracle/references.ts";
import type { Place } from "./place.ts";
import type { ReferenceStep } from "./steps.ts";

export function runReference(
  { node, inputs, outputs }: ReferenceStep,
  { buffer }: WebAssembly.Memory,
  addressOf: (place: Place) => number,
): void {
  const view = ({ shape, dtype }: Value, place: Place | undefined) => {
    const data = viewAs(dtype, buffer, place ? addressOf(place) : 0, sizeOf(shape));
    return { shape, dtype, data };
  };
  const made = byReference(
    node.op,
    node.inputs.map((input, i) => view(input, inputs[i])),
    node.attrs,
    "f32",
  );
  node.outputs.forEach((output, i) => view(output, outputs[i]).data.set(made[i]?.data ?? []));
}
