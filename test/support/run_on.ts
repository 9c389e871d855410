// A function of tensors, run once on a device.

import { compile } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { leavesOf, type Tree } from "../../src/core/tree.ts";
import type { Device } from "../../src/runtime/device.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { specOf } from "./op_case.ts";

export const isHostTensor = (x: unknown): x is HostTensor =>
  x !== null && typeof x === "object" && "data" in x;

/** The results of `f`, in the order of its tree's leaves. */
export async function runOn(
  device: Device,
  f: (...x: Tensor[]) => Tree<Tensor>,
  ...inputs: readonly HostTensor[]
): Promise<HostTensor[]> {
  const specs = inputs.map((input) => spec(input.shape, specOf(input).dtype));
  const program = await compile(device, f as never, ...specs);
  try {
    program.run(...inputs);
    return leavesOf<HostTensor>(await program.read(), isHostTensor).map(({ leaf }) => leaf);
  } finally {
    program.dispose();
  }
}

/** The numbers of the first result. */
export async function numbersOn(
  device: Device,
  f: (...x: Tensor[]) => Tree<Tensor>,
  ...inputs: readonly HostTensor[]
): Promise<number[]> {
  const [first] = await runOn(device, f, ...inputs);
  return Array.from(first?.data ?? []);
}
