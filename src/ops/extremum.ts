// Maximum and minimum share a derivative: the cotangent goes to the element that was taken, in equal parts to ties (as
// PyTorch's amax does), so that the parts add up to it.

import { reduceShape } from "../core/shape.ts";
import type { Value, VjpContext } from "../graph/op.ts";
import type { Build } from "./build.ts";
import type { ReduceAttrs } from "./reduce.ts";

export function extremumVjp(
  { x, attrs: { axes }, out, ct }: VjpContext<ReduceAttrs>,
  b: Build,
): readonly Value[] {
  const keptShape = reduceShape(x.shape, axes, true);
  const taken = b.compare(x, b.reshape(out, keptShape), "eq");
  const ties = b.sum(b.cast(taken, "f32"), axes, true);
  return [b.where(taken, b.broadcast(b.div(b.reshape(ct, keptShape), ties), x.shape), b.constant(0))];
}
