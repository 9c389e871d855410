// Follows the ring of losses without stalling: each half of the ring is copied while the next half is being computed,
// and waiting for the copy also bounds how much work is queued.

import { ValueError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";

/** Losses between two copies; the ring holds twice as many. */
export const STEPS_PER_READ = 64;

export interface LoggedLoss {
  /** Counted from 0. */
  readonly step: number;
  readonly loss: number;
}

export class LossLog {
  private readonly ring: DeviceTensor;
  private pending:
    { readonly from: number; readonly to: number; readonly copy: Promise<HostTensor> } | undefined;
  private read = 0;

  /** `step`: how many steps the ring has seen. */
  constructor(ring: DeviceTensor, step: number) {
    this.ring = ring;
    this.read = step;
  }

  /** To be called after each step with the number of steps made; gives the losses that have arrived. */
  async after(step: number): Promise<readonly LoggedLoss[]> {
    if (step - this.read < STEPS_PER_READ) return [];
    const arrived = await this.collect();
    this.pending = { from: this.read, to: step, copy: this.ring.read() };
    // A failure is reported when the copy is awaited, not before.
    this.pending.copy.catch(() => undefined);
    this.read = step;
    return arrived;
  }

  /** Waits for all steps. */
  async finish(step: number): Promise<readonly LoggedLoss[]> {
    const earlier = await this.collect();
    this.pending = { from: this.read, to: step, copy: this.ring.read() };
    this.read = step;
    return [...earlier, ...(await this.collect())];
  }

  private async collect(): Promise<LoggedLoss[]> {
    if (!this.pending) return [];
    const { from, to, copy } = this.pending;
    this.pending = undefined;
    const { data } = await copy;
    return Array.from({ length: to - from }, (_, i) => ({
      step: from + i,
      loss: data[(from + i) % data.length] ?? NaN,
    }));
  }
}

/** Throws ValueError at the first loss that is NaN or infinite. */
export function expectFiniteLosses(losses: readonly LoggedLoss[], learningRate: number): void {
  const bad = losses.find(({ loss }) => !Number.isFinite(loss));
  if (bad)
    throw new ValueError(
      `train: the loss is ${bad.loss} at step ${bad.step}, with learning rate ${learningRate}. ` +
        "Lower the learning rate, scale the inputs to about 0..1, or check the loss for a logarithm of 0.",
    );
}
