// How much a page loads to train as a contender of this benchmark does: its source, bundled for the browser.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { aliases } from "../tools/aliases.mjs";

/** Holds for bench/ and for build/ alike, where the bundled program lies. */
const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * Bytes of all scripts of `source` (a path in the repository) and of what it imports, minified and gzipped. Undefined
 * where the source or the bundler is not there, as in a copy of the built program alone.
 */
export async function bundleSize(source: string): Promise<number | undefined> {
  if (!existsSync(at(source))) return undefined;
  const bundler = await import("vite").catch(() => undefined);
  if (!bundler) return undefined;
  const built = await bundler.build({
    root: at("."),
    configFile: false,
    publicDir: false,
    logLevel: "error",
    resolve: { alias: aliases("src/index.ts") },
    build: {
      write: false,
      target: "es2022",
      modulePreload: { polyfill: false },
      rolldownOptions: { input: at(source), preserveEntrySignatures: "strict" },
    },
  });
  if (!("output" in built)) throw new Error(`bench: the bundler gave no single output for ${source}`);
  const scripts = built.output.filter((file) => file.type === "chunk");
  return scripts.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
}
