// An example of each primitive, forward and backward: what it is applied to, and the graph of that.

import type { DType } from "../core/dtype.ts";
import { hostTensor, tensor, type HostTensor } from "../core/host_tensor.ts";
import type { Shape } from "../core/shape.ts";
import type { Attrs } from "../graph/op.ts";
import { catalogue } from "../ops/build.ts";
import { at, type Primitive } from "../ops/define.ts";
import { Tensor } from "../trace/tensor.ts";
import { spec, trace } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";
import { probeData, type ProbeData } from "./probe_data.ts";
import type { Probe } from "./probes.ts";

interface OpExample {
  readonly inputs: readonly HostTensor[];
  readonly attrs?: Attrs;
}

// More than one workgroup of 64, and no multiple of it, nor of a tile's side.
const shape: Shape = [5, 67];

/** `record` writes state, so that only a training step has it. */
export type ExampleName = Exclude<keyof typeof catalogue, "record">;

function opExamples({ uniform, integers }: ProbeData): Readonly<Record<ExampleName, OpExample>> {
  const one = (low = -1, high = 1): OpExample => ({ inputs: [uniform(shape, low, high)] });
  const two = (low = -1, high = 1): OpExample => ({ inputs: [uniform(shape), uniform([67], low, high)] });
  const along = (axes: readonly number[], keepDims = false): OpExample => ({
    ...one(),
    attrs: { axes, keepDims },
  });
  const truths = hostTensor(integers(shape, 2, "u32").data, shape, "bool");

  return {
    abs: one(),
    add: two(),
    broadcast: { inputs: [uniform([5, 1])], attrs: { shape } },
    cast: { ...one(-1000, 1000), attrs: { dtype: "i32" } },
    compare: { ...two(), attrs: { relation: "lt" } },
    constant: { inputs: [], attrs: { value: 0.1 } },
    div: two(0.5, 2),
    exp: one(-4, 4),
    gather: { inputs: [uniform([7, 13]), integers([9], 7, "u32")] },
    log: one(0.2, 5),
    logSoftmax: { ...one(-9, 9), attrs: { axis: 1 } },
    matmul: {
      inputs: [uniform([21, 37]), uniform([37, 19])],
      attrs: { transposeX: false, transposeY: false },
    },
    max: along([1]),
    min: along([0], true),
    mul: two(),
    neg: one(),
    pick: { inputs: [uniform(shape), integers([5], 67, "u32")] },
    place: { inputs: [uniform([67]), integers([67], 5, "u32")], attrs: { columns: 5 } },
    relu: one(),
    reshape: { ...one(), attrs: { shape: [67, 5] } },
    sgd: { inputs: [uniform(shape), uniform(shape), tensor(0.25)] },
    sigmoid: one(-9, 9),
    sigmoidBackward: { inputs: [uniform(shape, 0, 1), uniform(shape)] },
    softmax: { ...one(-9, 9), attrs: { axis: 0 } },
    sqrt: one(0.1, 4),
    square: one(),
    stopGradient: one(),
    sub: two(),
    sum: along([0, 1]),
    tanh: one(-4, 4),
    transpose: { inputs: [uniform([3, 5, 7])], attrs: { permutation: [2, 0, 1] } },
    where: { inputs: [truths, uniform(shape), uniform([67])] },
  };
}

/** Every primitive on its example, by name. */
export function opProbes(): readonly (readonly [ExampleName, Probe])[] {
  const data = probeData(5);
  const examples = Object.entries(opExamples(data)) as [ExampleName, OpExample][];
  return examples.map(([name, example]) => [name, probeOf(catalogue[name] as Primitive, example, data)]);
}

/** The op on its example; where it has a derivative, Σ ct·op too, and the gradients of that: the vector-Jacobian product. */
function probeOf(op: Primitive, { inputs, attrs = {} }: OpExample, { uniform }: ProbeData): Probe {
  const specs = inputs.map(({ shape, dtype }) => spec(shape, dtype as DType));
  const [out] = op.infer(specs, attrs);
  const cotangent = uniform(out?.shape ?? [], 0.5, 1.5);
  const isSmooth = op.vjp !== undefined && out?.dtype === "f32" && specs.some(({ dtype }) => dtype === "f32");
  const f = (given: readonly Tensor[], ct: Tensor) => {
    const apply = (x: readonly Tensor[]): Tensor => {
      const values = ct.tracer.graph.emit(
        op,
        x.map(({ value }) => value),
        attrs,
      );
      return new Tensor(ct.tracer, at(values, 0));
    };
    const floats = given.filter(({ dtype }) => dtype === "f32");
    const weighed = (by: readonly Tensor[]): Tensor => {
      const rest = by.values();
      return apply(given.map((x) => (x.dtype === "f32" ? (rest.next().value ?? x) : x)))
        .mul(ct)
        .sum();
    };
    return [apply(given), isSmooth ? valueAndGrad<[readonly Tensor[]]>(weighed)(floats) : []];
  };
  const { graph } = trace(f, [
    { name: "x", specs },
    { name: "ct", specs: spec(cotangent.shape) },
  ]);
  return { graph, inputs: [...inputs, cotangent] };
}
