// Counts what a contender asks of WebGPU, by wrapping the classes' methods for a while.

import { advance, type Contender } from "./contender.ts";
import { replaceMethod } from "./hook.ts";

/** Calls of WebGPU, a step. */
export interface Calls {
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly writes: number;
  readonly buffers: number;
  readonly bindGroups: number;
}

const methods = (): Record<keyof Calls, readonly [object, string]> => ({
  dispatches: [GPUComputePassEncoder.prototype, "dispatchWorkgroups"],
  passes: [GPUCommandEncoder.prototype, "beginComputePass"],
  submits: [GPUQueue.prototype, "submit"],
  writes: [GPUQueue.prototype, "writeBuffer"],
  buffers: [GPUDevice.prototype, "createBuffer"],
  bindGroups: [GPUDevice.prototype, "createBindGroup"],
});

/**
 * Calls a step, over `steps` steps. Reading the last loss makes a library that waits with its work do it, and costs calls
 * of its own: so it is the difference between twice the steps and once, each with one reading.
 */
export async function countCalls(contender: Contender, steps: number): Promise<Calls> {
  const once = await callsOf(contender, steps);
  const twice = await callsOf(contender, 2 * steps);
  const mean = (call: keyof Calls): number => (twice[call] - once[call]) / steps;
  return {
    dispatches: mean("dispatches"),
    passes: mean("passes"),
    submits: mean("submits"),
    writes: mean("writes"),
    buffers: mean("buffers"),
    bindGroups: mean("bindGroups"),
  };
}

async function callsOf(contender: Contender, steps: number): Promise<Calls> {
  const counts = { dispatches: 0, passes: 0, submits: 0, writes: 0, buffers: 0, bindGroups: 0 };
  const restore = (Object.keys(counts) as (keyof Calls)[]).map((call) =>
    replaceMethod(...methods()[call], (method) => {
      return function (...args) {
        counts[call]++;
        return method.apply(this, args);
      };
    }),
  );
  try {
    await advance(contender, steps);
    await contender.loss();
  } finally {
    for (const undo of restore) undo();
  }
  return counts;
}
