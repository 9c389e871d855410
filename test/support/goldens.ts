// The goldens: cases and tensors computed with PyTorch, see test/goldens/data/SOURCE.md.

import { decodeSafetensors } from "../../src/io/safetensors.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { readBytes, readJson } from "./bytes.ts";

/** The name of a tensor, and how close to come. */
export interface Golden {
  readonly tensor: string;
  readonly rtol: number;
  readonly atol: number;
}

interface Case<Kind extends string> {
  readonly id: string;
  readonly kind: Kind;
  readonly op: string;
  readonly file: string;
}

export type GoldenAttrs = Readonly<
  Partial<{
    transpose_a: boolean;
    transpose_b: boolean;
    axes: readonly number[] | null;
    keepdims: boolean;
    axis: number;
    reduction: "mean" | "sum" | "none" | "batch_mean";
    perm: readonly number[];
    shape: readonly number[];
    program: string;
  }>
>;

export interface GoldenOp extends Case<"op"> {
  readonly attrs: GoldenAttrs;
  readonly inputs: readonly { readonly name: string; readonly tensor: string }[];
  readonly outputs: readonly (Golden & { readonly cotangent?: string })[];
  readonly grads: readonly (Golden & { readonly name: string })[];
}

export interface GoldenOptimizer extends Case<"optimizer"> {
  readonly attrs: {
    readonly momentum?: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
  };
  readonly steps: number;
  readonly lr: readonly number[];
  readonly params: readonly {
    readonly name: string;
    readonly init: string;
    readonly gradients: string;
    readonly after: string;
    readonly rtol: number;
    readonly atol: number;
    readonly state_after: Readonly<Record<string, string>>;
  }[];
}

export interface GoldenTraining extends Case<"train"> {
  readonly attrs: {
    readonly reduction: "sum" | "batch_mean";
    readonly batch: number;
    readonly lr: number;
    readonly momentum?: number;
  };
  readonly steps: number;
  readonly batches: string;
  readonly losses: Golden;
  readonly params: readonly {
    readonly name: string;
    readonly init: string;
    readonly grad_step1: Golden;
    readonly after: Readonly<Record<string, Golden>>;
  }[];
}

export type GoldenCase = GoldenOp | GoldenOptimizer | GoldenTraining;

export async function goldenCases(): Promise<readonly GoldenCase[]> {
  const manifest = await readJson<{ readonly cases: readonly GoldenCase[] }>(
    "test/goldens/data/manifest.json",
  );
  return manifest.cases;
}

/** The tensors of a file by name; throws where one is asked for that is not there. */
export async function goldenTensors(file: string): Promise<(name: string) => HostTensor> {
  const { tensors } = decodeSafetensors(await readBytes(`test/goldens/data/${file}`), file);
  return (name) => {
    const found = tensors[name];
    if (!found) throw new Error(`${file} has no ${name}`);
    return found;
  };
}

/** Row i of a tensor (N, …), as a copy. */
export function rowOf({ shape, data }: HostTensor, i: number): HostTensor {
  const inner = shape.slice(1);
  const size = inner.reduce((product, dim) => product * dim, 1);
  return { shape: inner, dtype: "f32", data: Float32Array.from(data.subarray(i * size, (i + 1) * size)) };
}
