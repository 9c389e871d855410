import { fileURLToPath } from "node:url";

/** @type {(path: string) => string} */
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * What the package's own name means inside the repository, so that demo, bench, examples and tests import what a user
 * would import.
 *
 * @param {"src/index.ts" | "src/index.node.ts"} index the entry that package.json's conditions would choose
 */
export const aliases = (index) => [
  { find: /^chainrule$/, replacement: at(index) },
  { find: /^chainrule\/browser$/, replacement: at("src/index.ts") },
  { find: /^chainrule\/gpujs$/, replacement: at("src/gpujs.ts") },
  { find: /^chainrule\/doctor$/, replacement: at("src/doctor.ts") },
  { find: /^chainrule\/shaders\//, replacement: at("shaders/") },
];
