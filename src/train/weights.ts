// A model's parameters, out of the device's memory and into it.

import { FormatError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { leavesOf } from "../core/tree.ts";
import type { Named } from "../nn/index.ts";
import { isDeviceTensor, type DeviceTensor } from "../runtime/device_tensor.ts";

/** By name, in JavaScript memory. */
export async function readWeights(params: Named<DeviceTensor>): Promise<Record<string, HostTensor>> {
  const leaves = leavesOf<DeviceTensor>(params, isDeviceTensor);
  return Object.fromEntries(
    await Promise.all(leaves.map(async ({ name, leaf }) => [name, await leaf.read()] as const)),
  );
}

/** Throws FormatError naming every missing, misshapen, non-finite or foreign tensor, with nothing changed. */
export function writeWeights(
  params: Named<DeviceTensor>,
  weights: Readonly<Record<string, HostTensor>>,
): void {
  const leaves = leavesOf<DeviceTensor>(params, isDeviceTensor);
  const problems = leaves.flatMap(({ name, leaf }) => {
    const given = weights[name];
    if (!given) return [`${name} ${formatShape(leaf.shape)} is missing`];
    if (!sameShape(given.shape, leaf.shape))
      return [`${name} is ${formatShape(given.shape)}, but the model's is ${formatShape(leaf.shape)}`];
    const at = given.data.findIndex((x: number) => !Number.isFinite(x));
    return at < 0 ? [] : [`${name}: element ${at} is ${given.data[at]}`];
  });
  const known = new Set(leaves.map(({ name }) => name));
  problems.push(
    ...Object.keys(weights)
      .filter((name) => !known.has(name))
      .map((name) => `${name} is not in the model`),
  );
  if (problems.length) throw new FormatError(`load: ${problems.join("; ")}. Use the weights of this model.`);
  for (const { name, leaf } of leaves) {
    const given = weights[name];
    if (given) leaf.write(given);
  }
}
