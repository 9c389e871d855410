// What a page loads of this benchmark, bundled for the browser.

import { fileURLToPath } from "node:url";
import type { InlineConfig } from "vite";
import { aliases } from "../tools/aliases.mjs";
import { shaderText } from "../tools/shader-text.mjs";

/** The path of a file of the repository. Holds for bench/ and for build/ alike, where the bundled program lies. */
export const inRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Vite's settings for `input`, a path in the repository. */
export const pageConfig = (input: string): InlineConfig => ({
  root: inRepository("."),
  base: "./",
  configFile: false,
  publicDir: false,
  logLevel: "error",
  plugins: [shaderText()],
  resolve: {
    alias: [
      ...aliases("src/index.ts"),
      // What a program carries in itself, a page fetches.
      { find: /^(.*\.wasm)\?url&inline$/, replacement: "$1?url" },
    ],
  },
  build: {
    target: "es2022",
    modulePreload: false,
    // What is loaded later takes what it needs from the page's own script, as it does where that exports nothing.
    rolldownOptions: { input: inRepository(input), preserveEntrySignatures: "allow-extension" },
  },
});
