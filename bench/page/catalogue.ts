// Who takes part in a page.

import { catalogue } from "../contenders/catalogue.ts";
import type { Contestant } from "../contestant.ts";

export const pageCatalogue: Readonly<Record<string, Contestant>> = { ...catalogue };
