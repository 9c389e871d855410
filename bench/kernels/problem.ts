// A kernel's operands, the same for every contender, and what it must give, in doubles.

import { hostTensor, Random, type HostTensor } from "chainrule";
import type { Kernel, Product } from "./cases.ts";

/** Added to the variance in a layer norm. */
export const EPSILON = 1e-5;

export interface KernelProblem<Of extends Kernel = Kernel> {
  readonly kernel: Of;
  /** A and B as they lie for a product; x, and for a layer norm scale and shift, for rows. */
  readonly inputs: readonly HostTensor[];
  /** Of the result. */
  readonly shape: readonly number[];
}

export function problemOf(kernel: Kernel): KernelProblem {
  const random = new Random(1);
  // Not centred, so that no sum is small beside its terms and a relative difference means something.
  const numbers = (shape: readonly number[], from = -0.5, to = 1): HostTensor => {
    const data = new Float32Array(shape.reduce((size, axis) => size * axis, 1));
    for (let i = 0; i < data.length; i++) data[i] = random.uniform(from, to);
    return hostTensor(data, shape);
  };
  if (kernel.kind === "matmul") {
    const { m, n, k, layout, batches } = kernel;
    const lead = batches > 1 ? [batches] : [];
    const a = numbers([...lead, ...(layout === "TN" ? [k, m] : [m, k])]);
    const b = numbers([...lead, ...(layout === "NT" ? [n, k] : [k, n])]);
    return { kernel, inputs: [a, b], shape: [...lead, m, n] };
  }
  const { rows, columns } = kernel;
  const x = numbers([rows, columns], -2, 4);
  const shape = [rows, columns];
  return kernel.kind === "softmax"
    ? { kernel, inputs: [x], shape }
    : { kernel, inputs: [x, numbers([columns], 0.5, 1.5), numbers([columns])], shape };
}

/** Elements of the result that are computed in doubles, from the first to the last. */
const SAMPLES = 256;

/** ‖result − exact‖ / ‖exact‖ over up to 256 elements; NaN where the result has another shape. */
export function errorOf(problem: KernelProblem, { data, shape }: HostTensor): number {
  if (shape.join() !== problem.shape.join()) return NaN;
  const count = Math.min(SAMPLES, data.length);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < count; i++) {
    const at = count === 1 ? 0 : Math.round((i * (data.length - 1)) / (count - 1));
    const exact = exactAt(problem, at);
    difference += ((data[at] ?? NaN) - exact) ** 2;
    norm += exact ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** One element of the exact result, by its row-major number. */
export function exactAt({ kernel, inputs }: KernelProblem, element: number): number {
  const [a, b, c] = inputs.map(({ data }) => data);
  const none = new Float32Array(0);
  if (kernel.kind === "matmul") return productAt(kernel, a ?? none, b ?? none, element);
  const { columns } = kernel;
  const column = element % columns;
  const row = Array.from((a ?? none).subarray(element - column, element - column + columns));
  const x = row[column] ?? NaN;
  const sum = (f: (value: number) => number): number => row.reduce((total, value) => total + f(value), 0);
  if (kernel.kind === "softmax") return Math.exp(x) / sum(Math.exp);
  const mean = sum((value) => value) / columns;
  const variance = sum((value) => (value - mean) ** 2) / columns;
  return ((x - mean) / Math.sqrt(variance + EPSILON)) * (b?.[column] ?? NaN) + (c?.[column] ?? NaN);
}

type Numbers = HostTensor["data"];

function productAt({ m, n, k, layout }: Product, a: Numbers, b: Numbers, element: number): number {
  const batch = Math.floor(element / (m * n));
  const row = Math.floor(element / n) % m;
  const column = element % n;
  let total = 0;
  for (let i = 0; i < k; i++) {
    const left = batch * m * k + (layout === "TN" ? i * m + row : row * k + i);
    const right = batch * k * n + (layout === "NT" ? column * k + i : i * n + column);
    total += (a[left] ?? NaN) * (b[right] ?? NaN);
  }
  return total;
}
