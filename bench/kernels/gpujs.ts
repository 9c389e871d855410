// Products as gpu.js runs them on WebGPU: the loop of its manual, an invocation an element, with all that it reads and gives
// kept on the device. It has no ops of its own, so the rows' functions would be ours, not its.

import { hostTensor, type HostTensor } from "chainrule";
import type { GPU as Engine } from "gpu.js";
import { version } from "gpu.js/package.json";
import { webgpu } from "../webgpu.ts";
import type { Product } from "./cases.ts";
import type { KernelContender, KernelLibrary } from "./contender.ts";
import type { KernelProblem } from "./problem.ts";

type GpuJs = typeof import("gpu.js");

/** Throws where there is no adapter: it would go on with another engine. Needs navigator.gpu. */
export async function gpujs(): Promise<KernelLibrary> {
  const library = await import("gpu.js");
  if (!(await library.GPU.isWebGPUAvailable())) throw new Error("bench: gpu.js finds no WebGPU adapter");
  return {
    name: "gpu.js",
    version,
    backend: "webgpu",
    api: webgpu,
    can: ({ kind }) => kind === "matmul",
    create: (problem) => create(library, problem),
  };
}

/** A result that stays on the device. */
interface Handle {
  toArray(): Promise<Nested>;
}
type Nested = Float32Array | readonly Nested[];
type Run<Given, Result> = (...operands: readonly Given[]) => Promise<Result>;

async function create(
  { GPU, Input }: GpuJs,
  { kernel, inputs, shape }: KernelProblem,
): Promise<KernelContender> {
  if (kernel.kind !== "matmul") throw new Error(`bench: gpu.js has no ${kernel.kind}`);
  const gpu = new GPU({ mode: "webgpu" });
  const upload = (tensor: HostTensor): Promise<Handle> => {
    const sizes = sizesOf(tensor.shape) as [number, number];
    const copy = runOf<object, Handle>(gpu, copyText(tensor.shape.length), sizes, true);
    // Typed for lists of numbers only; it takes typed arrays, too.
    return copy(new Input(Float32Array.from(tensor.data) as unknown as number[], sizes));
  };
  const operands = await Promise.all(inputs.map(upload));
  const call = runOf<Handle, Handle>(gpu, productText(kernel), sizesOf(shape), true);
  const pick = runOf<Handle, Float32Array>(gpu, pickText(shape.length), [1], false);
  let last: Promise<Handle> | undefined;
  const latest = (): Promise<Handle> => last ?? Promise.reject(new Error("bench: no kernel has run"));
  return {
    // Once it is compiled, it submits before it returns.
    run: () => void (last = call(...operands)),
    first: async () => (await pick(await latest()))[0] ?? NaN,
    result: async () => hostTensor(flat(await (await latest()).toArray()), shape),
    dispose: () => gpu.destroy(),
  };
}

/** A kernel from its text; throws where another engine than WebGPU took it on. */
function runOf<Given, Result>(
  gpu: Engine,
  text: string,
  output: number[],
  pipeline: boolean,
): Run<Given, Result> {
  const made = gpu.createKernel(text, { output, pipeline });
  const { mode } = (made as unknown as { kernel: { constructor: { mode: string } } }).kernel.constructor;
  if (mode !== "webgpu") throw new Error(`bench: gpu.js took the mode ${mode} instead of webgpu`);
  return made as unknown as Run<Given, Result>;
}

/** It names the innermost axis first. */
const sizesOf = (shape: readonly number[]): number[] => [...shape].reverse();

/** `[this.thread.z]` and what lies within; the last two axes by the expressions given. */
const element = (rank: number, row: string, column: string): string =>
  `${rank === 3 ? "[this.thread.z]" : ""}[${row}][${column}]`;

const copyText = (rank: number): string =>
  `function (x) { return x${element(rank, "this.thread.y", "this.thread.x")}; }`;

const pickText = (rank: number): string => `function (x) { return x${"[0]".repeat(rank)}; }`;

function productText({ k, layout, batches }: Product): string {
  const rank = batches > 1 ? 3 : 2;
  const left = layout === "TN" ? element(rank, "i", "this.thread.y") : element(rank, "this.thread.y", "i");
  const right = layout === "NT" ? element(rank, "this.thread.x", "i") : element(rank, "i", "this.thread.x");
  return `function (a, b) {
    let sum = 0;
    for (let i = 0; i < ${k}; i++) sum += a${left} * b${right};
    return sum;
  }`;
}

function flat(nested: Nested): Float32Array<ArrayBuffer> {
  if (nested instanceof Float32Array) return Float32Array.from(nested);
  const parts = nested.map(flat);
  const whole = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
