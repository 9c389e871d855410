// Who takes part in Node.

import type { Contestant } from "../contestant.ts";
import { catalogue } from "./catalogue.ts";
import { torch } from "./torch.ts";

export const nodeCatalogue: Readonly<Record<string, Contestant>> = {
  ...catalogue,
  "torch-cpu": { title: "PyTorch CPU", load: () => torch("cpu") },
  "torch-cuda": { title: "PyTorch CUDA", load: () => torch("cuda") },
};
