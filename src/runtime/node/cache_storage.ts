// What the library keeps from one process to the next, in a file of the user's cache folder.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { TextStorage } from "../storage.ts";

/** Where caches lie on a platform, by its own convention. */
export function cacheFolder(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): string {
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "chainrule");
  if (platform === "darwin") return join(home, "Library", "Caches", "chainrule");
  return join(env["XDG_CACHE_HOME"] || join(home, ".cache"), "chainrule");
}

/**
 * Text by key in one JSON file. Processes that write at the same time may lose each other's keys, which are only made again.
 * Rejects where the file cannot be written; what cannot be read holds nothing.
 */
export function fileStorage(file = join(cacheFolder(), "kept.json")): TextStorage {
  const read = async (): Promise<Record<string, string>> => {
    try {
      const found: unknown = JSON.parse(await readFile(file, "utf8"));
      return found !== null && typeof found === "object" ? (found as Record<string, string>) : {};
    } catch {
      return {};
    }
  };
  return {
    async getItem(key) {
      const found = await read();
      return Object.hasOwn(found, key) ? (found[key] ?? null) : null;
    },
    async setItem(key, value) {
      const text = JSON.stringify({ ...(await read()), [key]: value }, undefined, 2);
      await mkdir(dirname(file), { recursive: true });
      // Whole or not at all, whoever reads meanwhile.
      const half = `${file}.${process.pid}`;
      await writeFile(half, text);
      await rename(half, file);
    },
  };
}
