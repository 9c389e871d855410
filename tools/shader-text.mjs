// A Vite plugin: shaders are bundled without what no kernel has of them, which are comments, but for the marks
// (`// @slot` and the like) that the library edits by, and the text in slots that every kernel fills. The files themselves
// lie beside the library as they are.

import { readFileSync } from "node:fs";

/** What stands in these makes a file whole, and is always replaced. */
const FILLED = ["bindings", "passes", "store"];
const filledSlots = new RegExp(`^( *// @slot (?:${FILLED.join("|")})\n)[^]*?(?=^ *// @end$)`, "gm");

/** @param {string} wgsl */
export const bundledText = (wgsl) => withoutComments(wgsl.replace(filledSlots, "$1"));

/** @param {string} wgsl */
export const withoutComments = (wgsl) =>
  wgsl
    .split("\n")
    .filter((line) => !/^\s*(\/\/ (?!@).*)?$/.test(line))
    .join("\n");

/** @returns {import("vite").Plugin} */
export const shaderText = () => ({
  name: "shader-text",
  enforce: "pre",
  load(id) {
    const file = /^(.*\.wgsl)\?raw$/.exec(id)?.[1];
    if (file === undefined) return null;
    this.addWatchFile(file);
    return `export default ${JSON.stringify(bundledText(readFileSync(file, "utf8")))};`;
  },
});
