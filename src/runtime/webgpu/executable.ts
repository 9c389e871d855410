// A plan on WebGPU: its pipelines; bound, its bind groups; run, one pass and one submit.

import { formatOps } from "../../graph/print.ts";
import { flopsOf } from "../../plan/flops.ts";
import type { Kernel } from "../../plan/kernel.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Bound, DeviceBuffer, Executable } from "../device.ts";
import type { Pipelines } from "./pipelines.ts";
import { encode, Steps, type Step } from "./steps.ts";

/** After so many runs, or so many FLOPs, a step is worth its slowly compiled kernels. */
const WORTH = { runs: 128, flops: 2e8 } as const;

/** Compiles at once all kernels that the first runs need. `alive` throws once the device is lost. */
export async function prepare(
  device: GPUDevice,
  pipelines: Pipelines,
  plan: Plan,
  alive: () => void,
): Promise<Executable> {
  const labels = plan.dispatches.map(({ node }, i) => `#${i} ${formatOps(node)}`);
  const full = plan.dispatches.map(({ kernel }) => kernel);
  const first = plan.dispatches.map(({ kernel, quick }) => quick ?? kernel);
  const isQuick = plan.dispatches.some(({ quick }) => quick);
  const compiled = await pipelines.all(first, labels);
  return {
    bind(buffers) {
      const bufferOf = (id: number): DeviceBuffer | undefined => buffers[plan.place.get(id) ?? -1];
      const stepsOf = (kernels: readonly Kernel[]): Steps =>
        new Steps(device, pipelines, kernels, labels, bufferOf, plan.homes);
      const bound = new GpuBound(device, stepsOf(first), compiled, alive);
      if (isQuick) {
        const flops = flopsOf(plan);
        const runs = Math.min(WORTH.runs, Math.ceil(WORTH.flops / flops));
        bound.improveAfter(runs, stepsOf(full), () => pipelines.all(full, labels));
      }
      return bound;
    },
  };
}

class GpuBound implements Bound {
  private readonly device: GPUDevice;
  private readonly alive: () => void;
  private readonly owned: Steps[];
  private steps: readonly Step[];
  /** Runs until better kernels are wanted. */
  private left = Infinity;
  private improve: () => void = () => undefined;
  private destroyed = false;
  private failure: Error | undefined;

  constructor(device: GPUDevice, steps: Steps, pipelines: readonly GPUComputePipeline[], alive: () => void) {
    this.device = device;
    this.alive = alive;
    this.owned = [steps];
    this.steps = steps.with(pipelines);
  }

  /** After so many runs begins to compile other kernels, and goes over to them when they are there. */
  improveAfter(runs: number, better: Steps, compile: () => Promise<readonly GPUComputePipeline[]>): void {
    this.owned.push(better);
    this.left = runs;
    this.improve = () => {
      compile().then(
        (pipelines) => {
          if (!this.destroyed) this.steps = better.with(pipelines);
        },
        (error: unknown) => {
          this.failure = error as Error;
        },
      );
    };
  }

  run(): void {
    this.encode(this.steps);
    if (--this.left === 0) this.improve();
  }

  runDispatch(index: number): void {
    this.encode(this.steps.slice(index, index + 1));
  }

  async time(index: number, repeats: number): Promise<number> {
    this.alive();
    // Loaded when it is asked for: who measures is not who trains.
    const timer = await import("./timer.ts");
    const step = this.steps.slice(index, index + 1);
    return timer.timePass(this.device, (pass) => {
      for (let i = 0; i < repeats; i++) encode(pass, step);
    });
  }

  destroy(): void {
    this.destroyed = true;
    for (const steps of this.owned) steps.destroy();
  }

  private encode(steps: readonly Step[]): void {
    this.alive();
    if (this.failure) throw this.failure;
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass, steps);
    pass.end();
    this.device.queue.submit([encoder.finish()]);
  }
}
