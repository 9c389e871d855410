// A device that can be made to compute wrong numbers.

import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import type { Device } from "../../src/runtime/device.ts";

export interface Patient extends Device {
  wrong: boolean;
  /** Programs that were prepared: a self-test is two. */
  prepared: number;
}

let count = 0;

/** A device of an adapter that no other test has. While it is wrong, its read-backs end in another number. */
export function patient(wrong = false, name = `adapter ${count++}`): Patient {
  const cpu = new CpuDevice("a test");
  const device: Patient = Object.assign(Object.create(cpu) as Patient, {
    wrong,
    prepared: 0,
    profile: { ...cpu.profile, name },
    prepare: (plan: never) => {
      device.prepared++;
      return cpu.prepare(plan);
    },
    async read(...args: Parameters<Device["read"]>) {
      const bytes = await cpu.read(...args);
      if (device.wrong) new Uint8Array(bytes).fill(65, -2);
      return bytes;
    },
  });
  return device;
}
