// The kernels that bring a node's outputs into their buffers, in an order in which none overwrites what another still reads.

import { stridesOf, type Shape } from "../../core/shape.ts";
import { partsOf } from "./kernels/expression.ts";
import type { Effect, Output } from "./kernels/maps.ts";
import { placeKey } from "./place.ts";
import type { Scratch } from "./scratch.ts";

/** Outputs of one shape, and the effects that run with them. */
export interface Site {
  readonly shape: Shape;
  readonly outputs: readonly Output[];
  readonly effects: readonly Effect[];
}

/** Where sites overwrite each other's inputs in a circle, their results are put aside first. */
export function inOrder(sites: readonly Site[], scratch: Scratch): Site[] {
  const rest = [...sites];
  const ordered: Site[] = [];
  while (rest.length) {
    const next = rest.findIndex((site) => rest.every((other) => other === site || !disturbs(site, other)));
    if (next < 0) {
      const pairs = rest.map((site) => apart(site, scratch));
      return [...ordered, ...pairs.map(([aside]) => aside), ...pairs.map(([, copies]) => copies)];
    }
    ordered.push(...rest.splice(next, 1));
  }
  return ordered;
}

/** Whether a site writes where another reads. */
function disturbs({ outputs }: Site, other: Site): boolean {
  const written = new Set(outputs.map(({ place }) => placeKey(place)));
  const roots = [
    ...other.outputs.map(({ expression }) => expression),
    ...other.effects.flatMap(({ reads }) => reads),
  ];
  return [...partsOf(roots)].some((part) => part.kind === "read" && written.has(placeKey(part.place)));
}

/** The site with its results in scratch memory, and their copy. */
function apart({ shape, outputs, effects }: Site, scratch: Scratch): [Site, Site] {
  const aside = outputs.map(({ expression }) => ({
    expression,
    place: scratch.placeFor({ shape, dtype: "f32" }),
  }));
  const copies = outputs.map(({ place }, i): Output => {
    const from = aside[i]?.place ?? place;
    // Whatever the type: four bytes are four bytes.
    return { place, expression: { kind: "read", place: from, dtype: "f32", strides: stridesOf(shape) } };
  });
  return [
    { shape, outputs: aside, effects },
    { shape, outputs: copies, effects: [] },
  ];
}
