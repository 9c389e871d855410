// Small graphs of several ops, as the compiler fuses them: losses and their gradients.

import type { DType } from "../core/dtype.ts";
import { isHostTensor, type HostTensor } from "../core/host_tensor.ts";
import { mapTree, type Tree } from "../core/tree.ts";
import { softmaxCrossEntropy } from "../loss/index.ts";
import type { Tensor } from "../trace/tensor.ts";
import { spec, trace } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";
import { probeData } from "./probe_data.ts";
import type { Probe } from "./probes.ts";

type Named<T> = Readonly<Record<string, T>>;
type Traced<T> = { readonly [Name in keyof T]: Tensor };

/** The value of `loss`, and its gradient by the first argument's tensors. */
function example<By extends Named<HostTensor>, Data extends Named<HostTensor>>(
  loss: (by: Traced<By>, data: Traced<Data>) => Tensor,
  by: By,
  data: Data,
): Probe {
  const specsOf = (tensors: Named<HostTensor>) =>
    mapTree(tensors, isHostTensor, ({ shape, dtype }) => spec(shape, dtype as DType));
  const f = valueAndGrad<[Tree<Tensor>, Tree<Tensor>]>(loss as never);
  const { graph } = trace(f, [
    { name: "by", specs: specsOf(by) },
    { name: "data", specs: specsOf(data) },
  ]);
  return { graph, inputs: [...Object.values(by), ...Object.values(data)] };
}

export function graphProbes(): Named<Probe> {
  const { uniform, integers } = probeData(6);
  return {
    "a dense layer with sigmoid": example(
      ({ x, w, b }) => x.matmul(w).add(b).sigmoid().square().sum(),
      { x: uniform([33, 20]), w: uniform([20, 18]), b: uniform([18]) },
      {},
    ),
    // On a GPU, in tiles through workgroup memory, either side transposed in turn.
    "a product of 130×70 by 70×140": example(
      ({ x, y }) => x.matmul(y).square().sum(),
      { x: uniform([130, 70]), y: uniform([70, 140]) },
      {},
    ),
    // On a GPU, cut into parts that are added.
    "a product with sums of 2048": example(
      ({ x, y }) => x.matmul(y).square().mean(),
      { x: uniform([24, 2048]), y: uniform([2048, 34]) },
      {},
    ),
    "a batch of products": example(
      ({ x, y }) => x.matmul(y).tanh().sum(),
      { x: uniform([3, 11, 19]), y: uniform([19, 13]) },
      {},
    ),
    "softmax cross-entropy": example(
      ({ logits }, { labels }) => softmaxCrossEntropy(logits, labels),
      { logits: uniform([37, 10], -5, 5) },
      { labels: integers([37], 10, "u32") },
    ),
    "layer norm": example(
      ({ x, scale, shift }) => {
        const centred = x.sub(x.mean(-1, true));
        const normal = centred.div(centred.square().mean(-1, true).add(1e-5).sqrt());
        return normal.mul(scale).add(shift).tanh().square().sum();
      },
      { x: uniform([19, 40]), scale: uniform([40]), shift: uniform([40]) },
      {},
    ),
    "picked rows of bytes through a layer": example(
      ({ w, b }, { bytes, rows }) => {
        const batch = bytes.gather(rows).mul(1 / 255);
        return batch.matmul(w).add(b).relu().sum();
      },
      { w: uniform([21, 9]), b: uniform([9]) },
      { bytes: integers([30, 21], 256, "u8"), rows: integers([12], 30, "u32") },
    ),
  };
}
