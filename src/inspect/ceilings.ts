// What a device does at best: the roof that its kernels work under.

import { lower } from "../compile.ts";
import type { Shape } from "../core/shape.ts";
import { flopsOf } from "../plan/flops.ts";
import type { Plan } from "../plan/plan.ts";
import type { Device } from "../runtime/device.ts";
import { scratchFor } from "../runtime/scratch.ts";
import { repeatsOf, warmUp } from "../runtime/timing.ts";
import type { Tensor } from "../trace/tensor.ts";
import { spec, trace } from "../trace/trace.ts";
import type { Ceilings } from "./roofline.ts";

const measured = new WeakMap<Device, Promise<Ceilings>>();

/** Measured when first asked for, and kept for as long as the device is. */
export function ceilingsOf(device: Device): Promise<Ceilings> {
  const known = measured.get(device);
  if (known) return known;
  const made = measure(device);
  measured.set(device, made);
  made.catch(() => measured.delete(device));
  return made;
}

/** A run that takes so long has outgrown caches, launches and clocks. */
const LARGE_MS = 10;
const ROUNDS = 5;

/**
 * Sides of matrices, elements of vectors. A GPU's vectors take up to 64 MiB each, more than the caches of today's hold; a
 * software adapter and the reference are held up by instructions long before by memory.
 */
const SIZES = {
  gpu: { sides: [256, 512, 1024, 2048, 4096], lengths: [2 ** 20, 2 ** 22, 2 ** 24] },
  software: { sides: [128, 256], lengths: [2 ** 18] },
  cpu: { sides: [64], lengths: [2 ** 16] },
} as const;

async function measure(device: Device): Promise<Ceilings> {
  const { sides, lengths } = SIZES[device.profile.kind];
  const squares = sides.map((side) => [side, side]);
  const vectors = lengths.map((length) => [length]);
  const products = await ratesOf(device, (x, y) => x.matmul(y), squares, flopsOf);
  const sums = await ratesOf(device, (x, y) => x.add(y), vectors, bytesOf);
  // The last sum is the largest: those before may have been in caches.
  return { gigaflopsPerSecond: Math.max(...products), gigabytesPerSecond: sums.at(-1) ?? NaN };
}

const bytesOf = ({ buffers }: Plan): number => buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** Work in a nanosecond of `f`, a dispatch of two inputs, over shapes that grow until a run takes long. */
async function ratesOf(
  device: Device,
  f: (x: Tensor, y: Tensor) => Tensor,
  shapes: readonly Shape[],
  workOf: (plan: Plan) => number,
): Promise<readonly number[]> {
  const rates: number[] = [];
  for (const shape of shapes) {
    const args = ["x", "y"].map((name) => ({ name, specs: spec(shape) }));
    const plan = lower(trace(f, args).graph, device.profile, { quick: false });
    const milliseconds = await shortestRun(device, plan);
    rates.push(workOf(plan) / milliseconds / 1e6);
    if (milliseconds >= LARGE_MS) break;
  }
  return rates;
}

async function shortestRun(device: Device, plan: Plan): Promise<number> {
  const executable = await device.prepare(plan);
  const buffers = scratchFor(device, plan);
  const bound = executable.bind(buffers);
  try {
    await warmUp(bound, 0, device.profile);
    const repeats = await repeatsOf(bound, 0);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await bound.time(0, repeats));
    return Math.min(...times) / repeats;
  } finally {
    bound.destroy();
    for (const buffer of buffers) buffer.destroy();
  }
}
