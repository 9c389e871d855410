// The effect `record`: scalars go to row (step mod capacity) of a ring, and the step is counted.

import type { Node, Value } from "../../../graph/op.ts";
import { at as nth } from "../../../ops/define.ts";
import { get, INNER } from "../emit/code.ts";
import { at, effect, i32 } from "../emit/opcodes.ts";
import type { Place } from "../place.ts";
import type { Expressions } from "./expression.ts";
import type { Effect } from "./maps.ts";

/** `place` tells where its outputs lie, which are its first two inputs too. */
export function recordEffect(node: Node, expressions: Expressions, place: (value: Value) => Place): Effect {
  const [capacity = 1, width = 1] = nth(node.inputs, 0).shape;
  const reads = node.inputs.slice(2).map((metric) => expressions.of(metric));
  return {
    reads,
    write(emitter) {
      const { code } = emitter;
      const ring = emitter.addresses.pointer(place(nth(node.outputs, 0)));
      const counter = emitter.addresses.pointer(place(nth(node.outputs, 1)));
      const step = code.applyAt(INNER, i32.load, [counter], at(0));
      const row = code.apply(i32.remU, [step, code.integer(capacity)]);
      const address = code.apply(i32.add, [ring, code.apply(i32.mul, [row, code.integer(4 * width)])]);
      const next = code.apply(i32.add, [step, code.integer(1)]);
      reads.forEach((read, i) =>
        code.add(INNER, ...get(address), ...get(emitter.value(read)), ...effect.store32Lane, ...at(4 * i), 0),
      );
      code.add(INNER, ...get(counter), ...get(next), ...effect.i32Store, ...at(0));
    },
  };
}
