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

export class StepLog {
  private readonly ring: DeviceTensor;
  private pending:
    { readonly from: number; readonly to: number; readonly copy: Promise<HostTensor> } | undefined;
  private read = 0;

  /** `step`: how many steps the ring has seen. */
  constructor(ring: DeviceTensor, step: number) {
    this.ring = ring;
    this.read = step;
  }

  /** To be called after each step with the number of steps made; gives the steps that have arrived. */
  async after(step: number): Promise<readonly LoggedStep[]> {
    return step - this.read < STEPS_PER_READ ? [] : this.turn(step);
  }

  /** Waits for all steps. */
  async finish(step: number): Promise<readonly LoggedStep[]> {
    const earlier = await this.turn(step);
    return [...earlier, ...(await this.collect())];
  }

  /** Gives the steps that were asked for, and asks for those since. */
  private async turn(step: number): Promise<readonly LoggedStep[]> {
    const arrived = await this.collect();
    const copy = this.ring.read();
    // A failure is reported when the copy is awaited, not before.
    copy.catch(() => undefined);
    this.pending = { from: this.read, to: step, copy };
    this.read = step;
    return arrived;
  }

  private async collect(): Promise<LoggedStep[]> {
    if (!this.pending) return [];
    const { from, to, copy } = this.pending;
    this.pending = undefined;
    const { data, shape } = await copy;
    const [capacity = 1, width = 1] = shape;
    return Array.from({ length: to - from }, (_, i) => {
      const at = ((from + i) % capacity) * width;
      return { step: from + i, values: Array.from(data.subarray(at, at + width)) };
    });
  }
}

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
            `Lower the learning rate, scale the inputs to about 0..1, or check the ${names[i]} for a logarithm of 0 or a division by it.`,
        );
}
