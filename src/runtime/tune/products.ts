// The products in a plan, each once, with the kernels that might compute it.

import { sizeOf } from "../../core/shape.ts";
import type { Node } from "../../graph/op.ts";
import { at } from "../../ops/define.ts";
import { matmulCandidates } from "../../ops/matmul_candidates.ts";
import type { MatmulChoice } from "../../ops/matmul_choice.ts";
import { dimensions, type MatmulAttrs } from "../../ops/matmul_shape.ts";
import { productKey } from "../../ops/matmul_tuned.ts";
import type { Plan } from "../../plan/plan.ts";

export interface PlannedProduct {
  readonly key: string;
  /** The last dispatch that computes it, with all that is fused with it. */
  readonly dispatch: number;
  /** The rules' own first. */
  readonly candidates: readonly MatmulChoice[];
}

export function productsOf({ dispatches, profile }: Plan): readonly PlannedProduct[] {
  const products = new Map<string, PlannedProduct>();
  for (const [dispatch, { node }] of dispatches.entries()) {
    const found = (node.body ?? [node]).find(({ op }) => op.name === "matmul") as
      Node<MatmulAttrs> | undefined;
    if (!found) continue;
    const { m, n, k, batch } = dimensions(at(found.inputs, 0), at(found.inputs, 1), found.attrs);
    const product = { ...found.attrs, m, n, k };
    const key = productKey(product, sizeOf(batch));
    products.set(key, { key, dispatch, candidates: matmulCandidates(product, sizeOf(batch), profile) });
  }
  return [...products.values()];
}
