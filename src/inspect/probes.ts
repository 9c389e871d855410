// The small kernels of the self-test: one or a few for each way in which the library uses a device, on few and odd sizes.

import type { DType } from "../core/dtype.ts";
import { isHostTensor, tensor, type HostTensor } from "../core/host_tensor.ts";
import { mapTree } from "../core/tree.ts";
import type { Graph } from "../graph/graph.ts";
import type { Profile } from "../graph/profile.ts";
import { tiled32, tiled64, type MatmulChoice } from "../ops/matmul_choice.ts";
import { productKey } from "../ops/matmul_tuned.ts";
import type { Tensor } from "../trace/tensor.ts";
import { spec, trace } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";
import { probeData, type ProbeData } from "./probe_data.ts";

type Named<T> = Readonly<Record<string, T>>;

/** What a device is asked: a graph, and its inputs in order. */
export interface Probe {
  readonly graph: Graph;
  readonly inputs: readonly HostTensor[];
}

const withHole = (whole: HostTensor, at: number): HostTensor => ({
  ...whole,
  data: whole.data.map((number, i) => (i === at ? NaN : number)),
});

const probeInputs = ({ uniform, integers }: ProbeData) => ({
  x: uniform([19, 21]),
  y: uniform([21, 18]),
  z: uniform([19, 18]),
  bias: uniform([18]),
  // More elements than the self-test lets one row of workgroups have.
  long: uniform([1500]),
  // No NaN is asked of min or max: a compiler may assume that there is none (WGSL, "Floating point evaluation").
  far: tensor([-3e38, -200, -89, 89, 200, 3e38, 0, NaN]),
  batch: withHole(uniform([3, 7, 19]), 200),
  bytes: integers([7, 21], 256, "u8"),
  rows: integers([5], 7, "u32"),
  labels: integers([19], 18, "u32"),
});

type ProbeTensors = { readonly [Name in keyof ReturnType<typeof probeInputs>]: Tensor };

/** What follows from one kernel comes first, so that the first that fails names it. */
function probes({ x, y, z, bias, long, far, batch, bytes, rows, labels }: ProbeTensors): Named<Tensor> {
  const slope = (f: (x: Tensor) => Tensor, x: Tensor): Tensor =>
    valueAndGrad((x: Tensor) => f(x).sum())(x)[1];
  const quotient = x.add(1.5).mul(x.sub(0.25)).div(x.square().add(0.5));
  const powers = x.exp().add(1).log().add(x.abs().sqrt());
  const whole = x.mul(1000).cast("i32");
  const centred = x.sub(x.mean(1, true));
  return {
    "arithmetic, exp, log and choice": x.greater(0.1).where(quotient, powers.neg()),
    "tanh, relu and its derivative": x
      .mul(4)
      .tanh()
      .add(slope((x) => x.relu().mul(x), x)),
    sigmoid: x.mul(6).sigmoid(),
    "derivative of sigmoid": slope((x) => x.mul(6).sigmoid(), x),
    "sigmoid far from 0, and of NaN": far.sigmoid(),
    "derivative of sigmoid far from 0, and at NaN": slope((x) => x.sigmoid(), far),
    "whole numbers": whole.mul(whole).sub(whole),
    "transposition and broadcasting": z.transpose().mul(bias.reshape([18, 1])),
    "more workgroups than one dimension has": long.mul(2).add(1),
    "rows of bytes, picked": bytes.gather(rows).mul(1 / 255),
    "one of each row, picked": z.pick(labels),
    "sum of each row": x.sum(1),
    "sum of each column": x.sum(0),
    "sum of a long row": long.sum(),
    "largest of each row": x.max(1),
    "smallest of each column": x.min(0),
    softmax: x.mul(20).softmax(),
    "log of softmax": x.logSoftmax(0),
    "layer norm": centred.div(centred.square().mean(1, true).add(1e-5).sqrt()),
    "xᵀ·y": x.transpose().matmul(z),
    "x·yᵀ": z.matmul(y.transpose()),
    "x·y": x.matmul(y),
    "a layer: bias and sigmoid": x.matmul(y).add(bias).sigmoid(),
    "a batch of x·y, with a NaN": batch.matmul(z),
  };
}

const tiledInputs = ({ uniform }: ProbeData) => ({
  a: uniform([37, 35]),
  b: uniform([35, 33]),
  c: uniform([37, 33]),
  wide: uniform([68, 20]),
  deep: uniform([20, 72]),
});

type TiledTensors = { readonly [Name in keyof ReturnType<typeof tiledInputs>]: Tensor };

/** Products in tiles through workgroup memory, which only a GPU is given. */
const tiledProbes = ({ a, b, c, wide, deep }: TiledTensors): Named<Tensor> => ({
  "x·y in shared tiles": a.matmul(b),
  "xᵀ·y in shared tiles": a.transpose().matmul(c),
  "x·yᵀ in shared tiles": c.matmul(b.transpose()),
  "x·y in large shared tiles": wide.matmul(deep),
});

/** All in one graph, and its inputs in order. */
export function probeKernels({ kind }: Profile): Probe {
  const isTiled = kind === "gpu";
  const data = probeData(18);
  const inputs: Named<HostTensor> = { ...probeInputs(data), ...(isTiled ? tiledInputs(data) : {}) };
  const f = (given: ProbeTensors & TiledTensors) => ({
    ...probes(given),
    ...(isTiled ? tiledProbes(given) : {}),
  });
  const specs = mapTree(inputs, isHostTensor, ({ shape, dtype }) => spec(shape, dtype as DType));
  return { graph: trace(f, [{ name: "", specs }]).graph, inputs: Object.values(inputs) };
}

/** A device's profile, in which those have their tiles; so few workgroups to a dimension that a small kernel needs a second. */
export const probeProfile = (profile: Profile): Profile => ({
  ...profile,
  limits: { ...profile.limits, maxComputeWorkgroupsPerDimension: 16 },
  ...(profile.kind === "gpu" && {
    tuned: Object.fromEntries([
      chosen(37, 33, 35, "NN", tiled32),
      chosen(35, 33, 37, "TN", tiled32),
      chosen(37, 35, 33, "NT", tiled32),
      chosen(68, 72, 20, "NN", tiled64),
    ]),
  }),
});

const chosen = (m: number, n: number, k: number, sides: "NN" | "TN" | "NT", choice: MatmulChoice) =>
  [productKey({ m, n, k, transposeX: sides === "TN", transposeY: sides === "NT" }, 1), choice] as const;
