// Who takes part in a page.

import { catalogue } from "../contenders/catalogue.ts";
import { Absent, type Contestant } from "../contestant.ts";

const inNode = async (): Promise<never> => {
  throw new Absent("no page runs Python; npm run bench has it");
};

export const pageCatalogue: Readonly<Record<string, Contestant>> = {
  ...catalogue,
  "torch-cpu": { title: "PyTorch CPU", load: inNode },
  "torch-cuda": { title: "PyTorch CUDA", load: inNode },
};
