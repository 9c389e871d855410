// Bounds the data that waits in the device's queue: each write is copied until the device comes to it.

import type { Device } from "../runtime/device.ts";

/** Bytes between two marks in the queue. At most two such stretches wait, or two batches where these are larger. */
const STRETCH = 2 ** 24;

export class Backlog {
  private readonly device: Device;
  private bytes = 0;
  private earlier: Promise<void> | undefined;

  constructor(device: Device) {
    this.device = device;
  }

  /** To be called before a write of so many bytes; waits where too much is queued. */
  async before(bytes: number): Promise<void> {
    const queued = this.bytes;
    this.bytes += bytes;
    if (queued === 0 || this.bytes <= STRETCH) return;
    this.bytes = bytes;
    const latest = this.device.idle();
    // A failure is reported when it is awaited, not before.
    latest.catch(() => undefined);
    await this.earlier;
    this.earlier = latest;
  }
}
