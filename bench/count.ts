// Counts what a contender asks of WebGPU, by wrapping the classes' methods for a while.

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

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Makes `steps` steps with `step` and gives the mean count of each call. */
export function countCalls(step: () => void, steps: number): Calls {
  const counts = { dispatches: 0, passes: 0, submits: 0, writes: 0, buffers: 0, bindGroups: 0 };
  const restore = (Object.keys(counts) as (keyof Calls)[]).map((call) => {
    const [prototype, name] = methods()[call];
    const holder = prototype as Record<string, Method>;
    const method = holder[name];
    if (!method) throw new Error(`bench: WebGPU has no ${name}`);
    holder[name] = function (...args) {
      counts[call]++;
      return method.apply(this, args);
    };
    return () => {
      holder[name] = method;
    };
  });
  try {
    for (let i = 0; i < steps; i++) step();
  } finally {
    for (const undo of restore) undo();
  }
  const mean = (call: keyof Calls): number => counts[call] / steps;
  return {
    dispatches: mean("dispatches"),
    passes: mean("passes"),
    submits: mean("submits"),
    writes: mean("writes"),
    buffers: mean("buffers"),
    bindGroups: mean("bindGroups"),
  };
}
