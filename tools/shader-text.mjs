// A Vite plugin: shaders are bundled without their comments, but for the marks (`// @slot` and the like) that the library
// edits by. The files themselves lie beside the library as they are.

import { readFileSync } from "node:fs";

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
    return `export default ${JSON.stringify(withoutComments(readFileSync(file, "utf8")))};`;
  },
});
