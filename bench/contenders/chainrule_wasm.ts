// The training step as chainrule runs it on the CPU, in WebAssembly, on one thread or more.

import { openDevice, type Device } from "chainrule";
import type { Library } from "../contender.ts";
import { Absent } from "../contestant.ts";
import { chainruleOn } from "./chainrule.ts";

/** The device, and what a report calls it. Throws Absent where there are fewer threads to be had, with the device's reason. */
export async function openWasm(
  threads: number,
): Promise<{ readonly device: Device; readonly backend: string }> {
  const device = await openDevice({ backend: "wasm", threads });
  const [, manner = ""] = /, (one thread.*|\d+ threads)$/.exec(device.reason) ?? [];
  if (threads === 1 || manner === `${threads} threads`) return { device, backend: `wasm (${manner})` };
  device.dispose();
  throw new Absent(manner);
}

export async function chainruleWasm(threads: number): Promise<Library> {
  const { device, backend } = await openWasm(threads);
  return { ...chainruleOn(device), backend };
}
