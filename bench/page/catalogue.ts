// Who takes part in a page.

import { catalogue } from "../contenders/catalogue.ts";
import { Absent, type Contestant } from "../contestant.ts";
import type { ByPlace } from "../place.ts";

const inNode = async (): Promise<never> => {
  throw new Absent("no page runs Python; npm run bench has it");
};
const torchCpu: Contestant = { title: "PyTorch CPU", load: inNode };

export const pageCatalogue: ByPlace<Contestant> = {
  gpu: { ...catalogue.gpu, "torch-cpu": torchCpu, "torch-cuda": { title: "PyTorch CUDA", load: inNode } },
  cpu: { ...catalogue.cpu, "torch-cpu": torchCpu },
};
