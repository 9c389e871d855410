// How much a page loads to train as a contender of this benchmark does: its source, bundled for the browser.

import { existsSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { inRepository, pageConfig } from "./page_build.ts";

/**
 * Bytes of all scripts of `source` (a path in the repository) and of what it imports, minified and gzipped, without those
 * that a library imports only when they are asked for; of the binaries of which a page loads one, by what its browser can
 * do, the largest counts. Undefined where the source or the bundler is not there, as in a copy of the built program alone.
 */
export async function bundleSize(source: string): Promise<number | undefined> {
  if (!existsSync(inRepository(source))) return undefined;
  const bundler = await import("vite").catch(() => undefined);
  if (!bundler) return undefined;
  const config = pageConfig(source);
  // A contender imports its library when it is its turn: that is as good as at once.
  const atOnce = new Set<string>();
  const watch: Plugin = {
    name: "watch-imports",
    moduleParsed({ id, dynamicallyImportedIds }) {
      if (id.startsWith(inRepository("bench/")))
        for (const other of dynamicallyImportedIds) atOnce.add(other);
    },
  };
  const plugins = [...(config.plugins ?? []), watch];
  const built = await bundler.build({ ...config, plugins, build: { ...config.build, write: false } });
  if (!("output" in built)) throw new Error(`bench: the bundler gave no single output for ${source}`);
  const chunks = new Map(
    built.output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file] as const] : [])),
  );
  const loaded = new Set(
    [...chunks.values()].filter(
      ({ isEntry, moduleIds }) => isEntry || moduleIds.some((id) => atOnce.has(id)),
    ),
  );
  for (const { imports } of loaded)
    for (const name of imports) {
      const chunk = chunks.get(name);
      if (chunk) loaded.add(chunk);
    }
  const scripts = [...loaded].map(({ code }) => gzipSync(code).length);
  const others = built.output.flatMap((file) =>
    file.type === "asset" ? [gzipSync(file.source).length] : [],
  );
  return scripts.reduce((sum, bytes) => sum + bytes, 0) + Math.max(0, ...others);
}
