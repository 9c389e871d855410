// Fills the stores of a shader: the places where it has computed a value, and maps and effects may follow.

import { sameShape, sizeOf, type Shape } from "../core/shape.ts";
import type { Site, Template } from "../graph/kernel.ts";
import type { Node, Value } from "../graph/op.ts";
import type { KernelScope } from "./kernel_scope.ts";
import { siteWriter, type SiteWriter } from "./site_writer.ts";

/** Text for each store's slot. */
export function fillStores(scope: KernelScope, { stores }: Template): Record<string, string> {
  const slots: Record<string, string> = {};
  for (const store of stores) {
    const here = scope.stored.filter((value) => storeOf(value, stores, scope) === store);
    const effects = sizeOf(shapeAt(store)) === 1 ? scope.effects : [];
    const site = siteWriter(scope, store.index, store.values);
    slots[store.slot] = writeAt(scope, site, store.index.expression, here, effects).flat().join("\n");
  }
  return slots;
}

/** Lines that compute, and statements that write: what is overwritten has been read by then. */
export function writeAt(
  scope: KernelScope,
  site: SiteWriter,
  index: string,
  values: readonly Value[],
  effects: readonly Node[] = [],
): [lines: string[], writes: string[]] {
  const results = values.map((value) => [value, site.element(value)] as const);
  const statements = effects.map((effect) => site.statements(effect));
  const writes = results.map(([value, text]) => `${scope.target(value, index)} = ${text};`);
  return [site.take(), [...writes, ...statements]];
}

/** The store at which an output is computed: that of the value it depends on, else one of its shape. */
function storeOf(value: Value, stores: readonly Site[], scope: KernelScope): Site | undefined {
  const seeds = new Map(stores.flatMap((site) => site.values.map(([{ id }]) => [id, site] as const)));
  const search = (from: Value): Site | undefined => {
    const seed = seeds.get(from.id);
    if (seed) return seed;
    for (const input of scope.producer(from)?.inputs ?? []) {
      const found = search(input);
      if (found) return found;
    }
    return undefined;
  };
  return search(value) ?? stores.find((site) => sameShape(shapeAt(site), value.shape)) ?? stores[0];
}

const shapeAt = (site: Site): Shape => site.values[0]?.[0].shape ?? [];
