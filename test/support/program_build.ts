// A program of build/, made anew where it is older than what it is made of.

import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const SOURCES = ["src", "shaders", "tools", "examples", "vite.programs.config.ts", "package.json"];

/** The path of build/`name`.mjs. */
export async function programBuild(name: string): Promise<string> {
  const built = join(root, "build", `${name}.mjs`);
  const made = await stat(built).catch(() => undefined);
  if (!made || made.mtimeMs < (await newest(SOURCES.map((path) => join(root, path))))) {
    const vite = join(root, "node_modules", "vite", "bin", "vite.js");
    const args = ["build", "-c", "vite.programs.config.ts", "--logLevel", "warn"];
    await promisify(execFile)(process.execPath, [vite, ...args], { cwd: root });
  }
  return built;
}

/** When the latest change was made under some paths, in ms. */
async function newest(paths: readonly string[]): Promise<number> {
  const times = paths.map(async (path) => {
    const found = await stat(path);
    if (!found.isDirectory()) return found.mtimeMs;
    return newest((await readdir(path)).map((name) => join(path, name)));
  });
  return Math.max(0, ...(await Promise.all(times)));
}
