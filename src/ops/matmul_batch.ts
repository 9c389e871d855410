// How the matrices of a batch are found.

import { LimitError } from "../core/errors.ts";
import { broadcastStrides, formatShape, type Shape } from "../core/shape.ts";

/** Up to four batch axes, innermost first; neighbours along which both sides move alike are merged. */
export function batchAxes(
  x: Shape,
  y: Shape,
  batch: Shape,
  xMatrix: number,
  yMatrix: number,
): { sizes: number[]; a: number[]; b: number[] } {
  const xStrides = broadcastStrides(x.slice(0, -2), batch).map((stride) => stride * xMatrix);
  const yStrides = broadcastStrides(y.slice(0, -2), batch).map((stride) => stride * yMatrix);
  const axes: { size: number; a: number; b: number }[] = [];
  for (let i = batch.length - 1; i >= 0; i--) {
    const size = batch[i] ?? 1;
    if (size === 1) continue;
    const a = xStrides[i] ?? 0;
    const b = yStrides[i] ?? 0;
    const last = axes.at(-1);
    if (last && a === last.a * last.size && b === last.b * last.size) last.size *= size;
    else axes.push({ size, a, b });
  }
  if (axes.length > 4)
    throw new LimitError(
      `matmul: the batch ${formatShape(batch)} alternates between broadcast and own axes more than 4 times. Broadcast one side first.`,
    );
  const pad = (part: "size" | "a" | "b", rest: number): number[] =>
    Array.from({ length: 4 }, (_, i) => axes[i]?.[part] ?? rest);
  return { sizes: pad("size", 1), a: pad("a", 0), b: pad("b", 0) };
}
