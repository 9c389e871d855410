// What training carries from step to step, on the device: it outlives every program.

import { hostTensor, isHostTensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { Random } from "../core/random.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import type { Named } from "../nn/index.ts";
import type { Device } from "../runtime/device.ts";
import { uploadShared } from "../runtime/slabs.ts";
import { isDeviceTensor, uploadTree, type DeviceTensor } from "../runtime/device_tensor.ts";
import type { Settings } from "./settings.ts";
import { STEPS_PER_READ } from "./step_log.ts";

export interface TrainState<Leaf> {
  readonly params: Named<Leaf>;
  /** The layers' own state, such as running statistics. */
  readonly layers: Named<Leaf>;
  readonly slots: Tree<Leaf>;
  /** Like the parameters where several batches make one update: the sums of their gradients. */
  readonly sums: Tree<Leaf>;
  /** (capacity, 1 + metrics): the loss of step i, then its metrics, in row i mod capacity. */
  readonly ring: Leaf;
  /** How many steps were made. */
  readonly step: Leaf;
  readonly [key: string]: Tree<Leaf>;
}

/** Fresh parameters, by the seed, and all that belongs to them. */
export function createState(
  device: Device,
  { model, optimizer, seed, metrics, accumulate }: Settings,
): OnDevice {
  const weights = model.init(new Random(seed));
  const updated = {
    params: weights,
    slots: optimizer.init(weights),
    sums: accumulate > 1 ? mapTree(weights, isHostTensor, ({ shape }) => zeros(shape)) : {},
  };
  const rest = {
    layers: model.state?.() ?? {},
    ring: zeros([2 * STEPS_PER_READ, 1 + Object.keys(metrics).length]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const others = uploadTree(device, rest);
  try {
    const together = isBetterShared(updated, device)
      ? uploadShared(device, updated, "weights")
      : uploadTree(device, updated);
    const { params, slots, sums } = together as OnDevice;
    const { layers, ring, step } = others as OnDevice;
    return { params, layers, slots, sums, ring, step };
  } catch (error) {
    disposeState(others);
    throw error;
  }
}

type OnDevice = TrainState<DeviceTensor>;

/** With this many storage buffers, a kernel has one for all that an update reads and writes. */
const ENOUGH = 16;

/** An update of several slots a parameter binds more buffers than many a device allows a kernel, unless they are one. */
function isBetterShared(
  { params, slots, sums }: Pick<TrainState<HostTensor>, "params" | "slots" | "sums">,
  { profile }: Device,
): boolean {
  const [parameters, others] = [params, slots].map((tree) => leavesOf<HostTensor>(tree, isHostTensor));
  const all = [...(parameters ?? []), ...(others ?? []), ...leavesOf<HostTensor>(sums, isHostTensor)];
  return (
    profile.limits.maxStorageBuffersPerShaderStage < ENOUGH &&
    (others?.length ?? 0) >= 2 * (parameters?.length ?? 0) &&
    all.every(({ leaf }) => leaf.dtype === "f32")
  );
}

/** All of it, piece by piece. */
export const tensorsOf = (state: Tree<DeviceTensor>): readonly DeviceTensor[] =>
  leavesOf<DeviceTensor>(state, isDeviceTensor).map(({ leaf }) => leaf);

export function disposeState(state: Tree<DeviceTensor>): void {
  for (const tensor of tensorsOf(state)) tensor.dispose();
}
