// PyTorch in a Python process of its own, and how tensors travel to it.

import { hostTensor, type HostTensor } from "chainrule";
import { Absent } from "../contestant.ts";
import { linesOf, type Lines } from "./lines.ts";
import script from "./torch.py?raw";

export type TorchDevice = "cpu" | "cuda";

/** The Python that PYTHON names, else python3. */
export const PYTHON = process.env["PYTHON"] || "python3";

export interface TorchProcess {
  readonly lines: Lines;
  readonly version: string;
  /** As a report calls it. */
  readonly backend: string;
}

/** Throws Absent where there is no Python, no torch or no such device. */
export async function openTorch(device: TorchDevice, python: string): Promise<TorchProcess> {
  const lines = linesOf(python, ["-u", "-c", script]);
  const facts = await open(lines, device, python);
  if ("absent" in facts) throw new Absent(facts.absent);
  const backend = `${device === "cuda" ? "CUDA" : "CPU"} (${facts.name})`;
  return { lines, version: facts.version, backend };
}

type Facts = { readonly absent: string } | { readonly version: string; readonly name: string };

async function open(lines: Lines, device: TorchDevice, python: string): Promise<Facts> {
  try {
    return await lines.ask<Facts>({ do: "open", device });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES") return { absent: `there is no ${python}` };
    throw error;
  }
}

/** Little-endian f32 in base64. */
export interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}

export const pack = ({ data, shape }: HostTensor): Packed => {
  const values = Float32Array.from(data);
  return { shape, data: Buffer.from(values.buffer).toString("base64") };
};

export const unpack = ({ data, shape }: Packed): HostTensor => {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return hostTensor(new Float32Array(bytes.buffer), shape);
};

/** Steps of what `id` names, or runs: made when something of them is asked for, since a message for each would be timed too. */
export interface Queued {
  add(): void;
  /** Makes all that are queued; gives what the last one gave: a loss, or a first element. */
  finish(): Promise<number>;
}

export function queueOf(lines: Lines, id: number): Queued {
  let count = 0;
  let last = NaN;
  return {
    add: () => void count++,
    async finish() {
      if (count === 0) return last;
      const { loss } = await lines.ask<{ loss: number | null }>({ do: "steps", id, count });
      count = 0;
      last = loss ?? NaN; // JSON has no NaN
      return last;
    },
  };
}
