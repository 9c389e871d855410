// Who takes part, by the name that the command line gives them. The first one chosen is what the others are compared to.

import { chainrule } from "./chainrule.ts";
import type { Library } from "../contender.ts";
import { jax } from "./jax.ts";
import { tensorflow } from "./tensorflow.ts";

export const contenders: Readonly<Record<string, () => Promise<Library>>> = { chainrule, tensorflow, jax };
