// Who takes part in Node.

import type { Contestant } from "../contestant.ts";
import { catalogue } from "./catalogue.ts";

export const nodeCatalogue: Readonly<Record<string, Contestant>> = { ...catalogue };
