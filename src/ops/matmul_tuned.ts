// What was measured of a product on a device: it goes before the rules, but not before kernels that compile soon.

import type { Profile } from "../graph/profile.ts";
import type { MatmulChoice } from "./matmul_choice.ts";
import type { ProductSizes } from "./matmul_families.ts";

/** Names a product by all that a measurement distinguishes: M×N×K, which sides are transposed, the batch. */
export const productKey = ({ m, n, k, transposeX, transposeY }: ProductSizes, batches: number): string =>
  `${m}×${n}×${k} ${transposeX ? "T" : "N"}${transposeY ? "T" : "N"} ×${batches}`;

export const tunedChoice = (
  product: ProductSizes,
  batches: number,
  { tuned, quick }: Profile,
): MatmulChoice | undefined =>
  quick ? undefined : (tuned?.[productKey(product, batches)] as MatmulChoice | undefined);
