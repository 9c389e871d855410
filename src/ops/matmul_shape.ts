// How the shapes of a product meet.

import { ShapeError } from "../core/errors.ts";
import { broadcastShapes, formatShape } from "../core/shape.ts";
import type { Spec } from "../graph/op.ts";

/** Whether the last two axes of each side are swapped first. */
export type MatmulAttrs = { readonly transposeX: boolean; readonly transposeY: boolean };

/** M, N, K and the broadcast batch shape. Throws ShapeError where they do not meet. */
export function dimensions(
  x: Pick<Spec, "shape">,
  y: Pick<Spec, "shape">,
  { transposeX, transposeY }: MatmulAttrs,
): { m: number; n: number; k: number; batch: number[] } {
  if (x.shape.length < 2 || y.shape.length < 2)
    throw new ShapeError(
      `matmul: x is ${formatShape(x.shape)}, y is ${formatShape(y.shape)}, but both need two axes or more. Reshape one side.`,
    );
  const [xm = 1, xk = 1] = transposeX ? x.shape.slice(-2).reverse() : x.shape.slice(-2);
  const [yk = 1, yn = 1] = transposeY ? y.shape.slice(-2).reverse() : y.shape.slice(-2);
  if (xk !== yk) {
    const how = transposeX || transposeY ? ` (x${transposeX ? "ᵀ" : ""}·y${transposeY ? "ᵀ" : ""})` : "";
    throw new ShapeError(
      `matmul: inner dimensions differ, x is ${formatShape(x.shape)} but y is ${formatShape(y.shape)}${how}. Transpose or reshape one side.`,
    );
  }
  const batch = broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2));
  return { m: xm, n: yn, k: xk, batch };
}
