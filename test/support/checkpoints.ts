// One function traced with checkpoints and without, and the bits that come out.

import { hostTensor, type HostTensor } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { sizeOf, type Shape } from "../../src/core/shape.ts";
import type { Tree } from "../../src/core/tree.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { checkpoint } from "../../src/trace/checkpoint.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";

export type Wrap = typeof checkpoint;
export const plain: Wrap = (f) => f;

export const M: Shape = [4, 4];

export type Args = readonly Shape[];
export type Differentiated = (wrap: Wrap) => (...args: Tensor[]) => Tree<Tensor>;

export const graphOf = (f: (...args: Tensor[]) => Tree<Tensor>, shapes: Args): Graph =>
  trace(
    f,
    shapes.map((shape, i) => ({ name: `x${i}`, specs: spec(shape) })),
  ).graph;

export const dataOf = (shapes: Args): HostTensor[] => {
  const random = new Random(3);
  return shapes.map((shape) =>
    hostTensor(
      Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(-1, 1)),
      shape,
    ),
  );
};

/** The bits of all outputs, from the oracle. */
export const bitsOf = (graph: Graph, data: readonly HostTensor[]): Uint32Array[] => {
  const environment = interpret(graph, data);
  return graph.outputs.map(({ value }) => {
    const { data: found } = environment.get(value.id) ?? { data: new Float32Array() };
    return new Uint32Array(Float32Array.from(found).buffer);
  });
};

/** What `layers` products with sigmoids between them take, in segments of `every`. */
export function chain(layers: number, every: number, wrap: Wrap) {
  return (...args: Tensor[]): Tensor => {
    const ws = args.slice(0, layers);
    let [y] = args.slice(layers);
    for (let from = 0; from < layers && y; from += every) {
      const segment = (x: Tensor): Tensor =>
        ws.slice(from, from + every).reduce((z, w) => z.matmul(w).sigmoid(), x);
      y = wrap(segment)(y);
    }
    return (y as Tensor).square().sum();
  };
}

export const chainShapes = (layers: number, batch: number, width: number): Shape[] => [
  ...Array.from({ length: layers }, () => [width, width]),
  [batch, width],
];

/** The gradient by every argument but the last. */
export const byAll =
  (f: (...args: Tensor[]) => Tensor) =>
  (...args: Tensor[]): Tree<Tensor> =>
    valueAndGrad((ws: readonly Tensor[], x: Tensor) => f(...ws, x))(args.slice(0, -1), args.at(-1) as Tensor);
