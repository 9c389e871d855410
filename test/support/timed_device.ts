// A device that computes nothing and takes the time that a rule says: for what measures.

import type { Profile } from "../../src/graph/profile.ts";
import type { Dispatch, Plan } from "../../src/plan/plan.ts";
import type { Device, DeviceBuffer, Tuner } from "../../src/runtime/device.ts";

/** Milliseconds of one run. */
export type Rule = (dispatch: Dispatch, plan: Plan) => number;

export interface TimedDevice extends Device {
  tuner?: Tuner | undefined;
  /** Plans that were prepared, in order. */
  readonly prepared: readonly Plan[];
  /** Runs of dispatches that were timed, in order. */
  readonly timed: readonly Dispatch[];
  /** Buffers that were made and not destroyed. */
  readonly kept: ReadonlySet<DeviceBuffer>;
}

export function timedDevice(profile: Profile, rule: Rule): TimedDevice {
  const prepared: Plan[] = [];
  const timed: Dispatch[] = [];
  const kept = new Set<DeviceBuffer>();
  return {
    backend: "webgpu",
    reason: "a test",
    profile,
    prepared,
    timed,
    kept,
    createBuffer(byteLength, label) {
      const buffer = { byteLength, label, destroyed: false, destroy: () => kept.delete(buffer) };
      kept.add(buffer);
      return buffer;
    },
    write: () => undefined,
    read: async (_, byteLength) => new ArrayBuffer(byteLength),
    async prepare(plan) {
      prepared.push(plan);
      return {
        bind: () => ({
          run: () => undefined,
          runDispatch: () => undefined,
          async time(index, repeats) {
            const dispatch = plan.dispatches[index];
            if (!dispatch) throw new Error(`there is no dispatch ${index}`);
            timed.push(dispatch);
            return repeats * rule(dispatch, plan);
          },
          destroy: () => undefined,
        }),
      };
    },
    idle: async () => undefined,
    dispose: () => undefined,
  };
}
