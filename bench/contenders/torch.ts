// The training step as PyTorch runs it, eagerly, in a Python process of its own: tensors that require gradients, backward,
// torch.optim. Its batches lie on the device ready made.

import { rowsOf } from "../batch.ts";
import type { Contender, Library } from "../contender.ts";
import { mapLayer, type LayerOf } from "../layer.ts";
import { ADAM, learningRates, NORM_EPSILON, type Problem } from "../nets.ts";
import type { Lines } from "./lines.ts";
import { openTorch, pack, PYTHON, queueOf, unpack, type Packed, type TorchDevice } from "./torch_process.ts";

/** Throws Absent where there is no Python (the one that PYTHON names, else python3), no torch or no such device. */
export async function torch(device: TorchDevice, python = PYTHON): Promise<Library> {
  const { lines, version, backend } = await openTorch(device, python);
  let made = 0;
  return {
    name: "PyTorch",
    version,
    backend,
    api: undefined,
    elsewhere: true,
    create: (problem) => create(lines, device, made++, problem),
  };
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
  const { add, finish } = queueOf(lines, id);
  return {
    step: add,
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
