// The op `record`. The ring stays a texture where the metrics are some, so that no step waits for the GPU; the row and the count
// are JavaScript's, since whole numbers beyond 2²⁴ are no floats.

import { onHost, isTexture, type Numbers } from "./numbers.ts";
import type { Engine } from "./engine.ts";
import type { Place } from "./place.ts";
import type { RecordStep } from "./steps.ts";

const TEXT = "function (a0, a1, n0) {\nreturn (this.thread.x === n0 ? a1[0] : a0[this.thread.x]);\n}";

/** The ring and the step that follow. */
export function recorded(
  engine: Engine,
  { capacity, ring, step, metrics }: RecordStep,
  get: (place: Place) => Numbers,
): [ring: Numbers, step: Uint32Array] {
  const [count = 0] = onHost(get(step));
  const first = (count % capacity) * metrics.length;
  const values = metrics.map(get);
  const next = Uint32Array.of(count + 1);
  if (!values.some(isTexture)) {
    const data = Float32Array.from(onHost(get(ring)));
    values.forEach((value, i) => (data[first + i] = onHost(value)[0] ?? NaN));
    return [data, next];
  }
  let current = get(ring);
  values.forEach((value, i) => {
    const before = current;
    const scalars = [{ type: "Integer", value: first + i }] as const;
    current = engine.run({ text: TEXT, output: [ring.size, 1, 1], scalars }, [before, value]);
    if (i > 0 && isTexture(before)) before.delete();
  });
  return [current, next];
}
