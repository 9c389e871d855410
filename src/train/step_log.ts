// Follows the ring of losses and metrics without stalling: each half of the ring is copied while the next half is being computed,
// and waiting for the copy also bounds how much work is queued.

import { ValueError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";

/** Steps between two copies; the ring holds twice as many. */
export const STEPS_PER_READ = 64;

export interface LoggedStep {
  /** Counted from 0. */
  readonly step: number;
  /** Its row of the ring: the loss, then the metrics. */
  readonly values: readonly number[];
}

export interface StepLog {
  /** To be called after each step with the number of steps made; gives the steps that have arrived. */
  after(step: number): Promise<readonly LoggedStep[]>;
  /** Waits for all steps. */
  finish(step: number): Promise<readonly LoggedStep[]>;
}

/** `read`: how many steps the ring has seen. */
export function stepLog(ring: DeviceTensor, read: number): StepLog {
  let pending: (() => Promise<LoggedStep[]>) | undefined;

  /** Gives the steps that were asked for, and asks for those since. */
  const turn = async (to: number): Promise<readonly LoggedStep[]> => {
    const arrived = (await pending?.()) ?? [];
    const from = read;
    const copy = ring.read();
    // A failure is reported when the copy is awaited, not before.
    copy.catch(() => undefined);
    pending = async () => stepsIn(await copy, from, to);
    read = to;
    return arrived;
  };

  return {
    after: async (step) => (step - read < STEPS_PER_READ ? [] : turn(step)),
    async finish(step) {
      const earlier = await turn(step);
      return [...earlier, ...((await pending?.()) ?? [])];
    },
  };
}

const stepsIn = ({ data, shape: [capacity = 1, width = 1] }: HostTensor, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i): LoggedStep => {
    const at = ((from + i) % capacity) * width;
    return { step: from + i, values: Array.from(data.subarray(at, at + width)) };
  });

/** Throws ValueError at the first loss or metric that is NaN or infinite; `names` are those of a row's values. */
export function expectFiniteSteps(
  steps: readonly LoggedStep[],
  names: readonly string[],
  learningRate: number,
): void {
  for (const { step, values } of steps)
    for (const [i, value] of values.entries())
      if (!Number.isFinite(value))
        throw new ValueError(
          `train: the ${names[i]} is ${value} at step ${step}, with learning rate ${learningRate}. ` +
            `Lower the learning rate, scale inputs to 0..1, or check the ${names[i]} for log(0) and x / 0.`,
        );
}
