// Who takes part in Node.

import type { Contestant } from "../contestant.ts";
import type { ByPlace } from "../place.ts";
import { catalogue } from "./catalogue.ts";
import { torch } from "./torch.ts";

const torchCpu: Contestant = { title: "PyTorch CPU", load: () => torch("cpu") };
const torchCuda: Contestant = { title: "PyTorch CUDA", load: () => torch("cuda") };

export const nodeCatalogue: ByPlace<Contestant> = {
  gpu: { ...catalogue.gpu, "torch-cpu": torchCpu, "torch-cuda": torchCuda },
  cpu: { ...catalogue.cpu, "torch-cpu": torchCpu },
};
