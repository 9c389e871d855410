// The training step as PyTorch runs it, eagerly, in a Python process of its own: tensors that require gradients, backward,
// torch.optim. Its batches lie on the device ready made.

import { hostTensor, type HostTensor } from "chainrule";
import { rowsOf } from "../batch.ts";
import type { Contender, Library } from "../contender.ts";
import { Absent } from "../contestant.ts";
import { mapLayer, type LayerOf } from "../layer.ts";
import { ADAM, learningRates, NORM_EPSILON, type Problem } from "../nets.ts";
import { linesOf, type Lines } from "./lines.ts";
import script from "./torch.py?raw";

export type TorchDevice = "cpu" | "cuda";

interface Packed {
  readonly shape: readonly number[];
  /** Little-endian f32 in base64. */
  readonly data: string;
}

/** Throws Absent where there is no Python (the one that PYTHON names, else python3), no torch or no such device. */
export async function torch(
  device: TorchDevice,
  python = process.env["PYTHON"] || "python3",
): Promise<Library> {
  const lines = linesOf(python, ["-u", "-c", script]);
  const facts = await open(lines, device, python);
  if ("absent" in facts) throw new Absent(facts.absent);
  let made = 0;
  return {
    name: "PyTorch",
    version: facts.version,
    backend: `${device === "cuda" ? "CUDA" : "CPU"} (${facts.name})`,
    api: undefined,
    elsewhere: true,
    create: (problem) => create(lines, device, made++, problem),
  };
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

async function create(lines: Lines, device: TorchDevice, id: number, problem: Problem): Promise<Contender> {
  const { layers, data, batches, optimizer } = problem;
  await lines.ask({
    do: "create",
    id,
    problem: {
      layers: layers.map((layer) => mapLayer(layer, pack)),
      batches: batches.map((rows) => ({ x: pack(rowsOf(data.x, rows)), y: pack(rowsOf(data.y, rows)) })),
      optimizer,
      rate: learningRates[optimizer],
      ...ADAM,
      norm_epsilon: NORM_EPSILON,
    },
  });
  let count = 0;
  let last = NaN;
  const finish = async (): Promise<number> => {
    if (count === 0) return last;
    const { loss } = await lines.ask<{ loss: number | null }>({ do: "steps", id, count });
    count = 0;
    last = loss ?? NaN; // JSON has no NaN
    return last;
  };
  return {
    // Steps are made when their loss is asked for: a message for each would be timed too.
    step: () => void count++,
    loss: finish,
    async weights() {
      await finish();
      const answer = await lines.ask<{ layers: LayerOf<Packed>[] }>({ do: "weights", id });
      return answer.layers.map((layer) => mapLayer(layer, unpack));
    },
    ...(device === "cuda" && {
      peakBytes: async () => (await lines.ask<{ bytes: number }>({ do: "peak" })).bytes,
    }),
    async dispose() {
      await lines.ask({ do: "dispose", id });
    },
  };
}

const pack = ({ data, shape }: HostTensor): Packed => {
  const values = Float32Array.from(data);
  return { shape, data: Buffer.from(values.buffer).toString("base64") };
};

const unpack = ({ data, shape }: Packed): HostTensor => {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return hostTensor(new Float32Array(bytes.buffer), shape);
};
