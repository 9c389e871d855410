// A plan on WebGPU: its pipelines; bound, its bind groups; run, one pass and one submit.

import { formatOps } from "../../graph/print.ts";
import { flopsOf } from "../../plan/flops.ts";
import type { Kernel } from "../../plan/kernel.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Bound, DeviceBuffer, Executable } from "../device.ts";
import type { Pipelines } from "./pipelines.ts";
import { encode, stepsOf, type Step, type Steps } from "./steps.ts";

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
      const over = (kernels: readonly Kernel[]): Steps =>
        stepsOf(device, pipelines, kernels, labels, bufferOf, plan.homes);
      const begun = over(first);
      const better = isQuick ? over(full) : undefined;
      return bound(
        device,
        alive,
        begun,
        compiled,
        better && {
          steps: better,
          after: Math.min(WORTH.runs, Math.ceil(WORTH.flops / flopsOf(plan))),
          compile: () => pipelines.all(full, labels),
        },
      );
    },
  };
}

/** Steps that are to take over from those that compile sooner. */
interface Better {
  readonly steps: Steps;
  /** After so many runs they are compiled. */
  readonly after: number;
  compile(): Promise<readonly GPUComputePipeline[]>;
}

function bound(
  device: GPUDevice,
  alive: () => void,
  first: Steps,
  compiled: readonly GPUComputePipeline[],
  better: Better | undefined,
): Bound {
  let steps = first.with(compiled);
  let runs = 0;
  let destroyed = false;
  let failure: Error | undefined;

  const encodeAll = (some: readonly Step[]): void => {
    alive();
    if (failure) throw failure;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encode(pass, some);
    pass.end();
    device.queue.submit([encoder.finish()]);
  };

  const improve = async ({ steps: others, compile }: Better): Promise<void> => {
    try {
      const pipelines = await compile();
      if (!destroyed) steps = others.with(pipelines);
    } catch (error) {
      failure = error as Error;
    }
  };

  return {
    run() {
      encodeAll(steps);
      if (++runs === better?.after) void improve(better);
    },
    runDispatch: (index) => encodeAll(steps.slice(index, index + 1)),
    async time(index, repeats) {
      alive();
      // Loaded when it is asked for: who measures is not who trains.
      const timer = await import("./timer.ts");
      const step = steps.slice(index, index + 1);
      return timer.timePass(device, (pass) => {
        for (let i = 0; i < repeats; i++) encode(pass, step);
      });
    },
    destroy() {
      destroyed = true;
      first.destroy();
      better?.steps.destroy();
    },
  };
}
