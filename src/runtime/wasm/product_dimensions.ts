// How the matrices of a product lie, as the fixed kernels are told.

import { sizeOf, type Shape } from "../../core/shape.ts";
import type { Node, Value } from "../../graph/op.ts";
import { at } from "../../ops/define.ts";
import { batchAxes } from "../../ops/matmul_batch.ts";
import { dimensions, type MatmulAttrs } from "../../ops/matmul_shape.ts";

/** Bytes of B that are packed at once; products with its other columns follow. */
const MOST_PACKED = 8 * 2 ** 20;
/** Of a packed panel. */
const COLUMNS = 8;

/** Elements, named as in wasm/record.ts. */
export interface ProductDimensions {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly aStride: number;
  readonly aTransposed: boolean;
  readonly bStride: number;
  readonly bTransposed: boolean;
  /** Columns of C that are computed at once. */
  readonly columns: number;
  readonly batch: number;
  /** Four axes of the batch, the innermost first, and from one matrix to the next along each. */
  readonly sizes: readonly number[];
  readonly aSteps: readonly number[];
  readonly bSteps: readonly number[];
  readonly pickStep: number;
}

/** `isPicked`: rows of A are found by their numbers, wherever their matrix lies. */
export function productDimensions(node: Node, isPicked: boolean): ProductDimensions {
  const attrs = node.attrs as MatmulAttrs;
  const x = at(node.inputs, 0);
  const y = at(node.inputs, 1);
  const { transposeX, transposeY } = attrs;
  const { m, n, k, batch } = dimensions(x, y, attrs);
  // One B for a whole batch: all rows of A are those of one large matrix.
  const isOne = !transposeX && sizeOf(y.shape.slice(0, -2)) === 1 && isWhole(x, batch);
  const axes = batchAxes(x.shape, y.shape, batch, isPicked ? 0 : m * k, k * n);
  const most = Math.floor(MOST_PACKED / (4 * COLUMNS * Math.max(1, k)));
  const count = sizeOf(batch);
  return {
    m: isOne ? m * count : m,
    n,
    k,
    aStride: transposeX ? m : k,
    aTransposed: transposeX,
    bStride: transposeY ? k : n,
    bTransposed: transposeY,
    columns: isOne || count === 1 ? Math.min(n, COLUMNS * Math.max(1, most)) : n,
    batch: isOne ? 1 : count,
    sizes: axes.sizes,
    aSteps: axes.a,
    bSteps: axes.b,
    pickStep: transposeX ? k : m,
  };
}

/** Whether x has every matrix of the batch itself. */
const isWhole = ({ shape }: Value, batch: Shape): boolean => sizeOf(shape.slice(0, -2)) === sizeOf(batch);
