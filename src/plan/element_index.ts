// Index arithmetic as WGSL text: from the element number of a kernel's output to that of an input.

import { sizeOf, type Shape } from "../core/shape.ts";
import type { Index } from "../graph/kernel.ts";

/** Makes a uniform field that holds a size, and gives its expression. */
export type SizeField = (size: number) => string;

const wrap = (expression: string): string => (/^[\w.]+$/.test(expression) ? expression : `(${expression})`);

/** `at` divided by `size`: [quotient, remainder]. */
export function divideIndex(at: Index, size: number, field: SizeField): readonly [Index, Index] {
  if (at.split?.size === size) return [{ expression: at.split.outer }, { expression: at.split.inner }];
  if (size === 1) return [at, { expression: "0u" }];
  const by = field(size);
  return [{ expression: `${wrap(at.expression)} / ${by}` }, { expression: `${wrap(at.expression)} % ${by}` }];
}

/** Where an input of shape `from` is read for the element `at` of its broadcast to `to`. */
export function broadcastIndex(at: Index, from: Shape, to: Shape, field: SizeField): Index {
  const groups = broadcastGroups(from, to);
  if (groups.every(({ kept }) => kept)) return at;
  if (!groups.some(({ kept }) => kept)) return { expression: "0u" };
  const terms: string[] = [];
  let stride: string | undefined;
  let rest = at;
  for (let g = groups.length - 1; g >= 0; g--) {
    const { size, kept } = groups[g] ?? { size: 1, kept: false };
    const [outer, inner] = g === 0 ? [rest, rest] : divideIndex(rest, size, field);
    if (kept) {
      terms.push(stride === undefined ? inner.expression : `${wrap(inner.expression)} * ${stride}`);
      if (groups.slice(0, g).some((outer) => outer.kept))
        stride = stride === undefined ? field(size) : `${stride} * ${field(size)}`;
    }
    rest = outer;
  }
  return { expression: terms.reverse().join(" + ") };
}

/** Runs of axes that `from` has, or over which it repeats, outermost first; axes of size 1 belong to either. */
function broadcastGroups(from: Shape, to: Shape): { size: number; kept: boolean }[] {
  if (sizeOf(from) === 1) return [{ size: sizeOf(to), kept: sizeOf(to) === 1 }];
  const groups: { size: number; kept: boolean }[] = [];
  to.forEach((dim, axis) => {
    if (dim === 1) return;
    const kept = (from[axis - (to.length - from.length)] ?? 1) === dim;
    const last = groups.at(-1);
    if (last?.kept === kept) last.size *= dim;
    else groups.push({ size: dim, kept });
  });
  return groups;
}
