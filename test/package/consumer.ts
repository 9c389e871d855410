// A project that has the package installed, from the tarball that npm would publish and without a network.

import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Consumer {
  readonly folder: string;
  /** What the tarball holds. */
  readonly files: readonly string[];
  write(name: string, text: string): Promise<void>;
  /** Runs a program there and gives what it prints; rejects with its output where it fails. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Builds the package where its sources are newer, packs it, and installs it in an empty folder, without any script or peer. */
export async function installPackage(): Promise<Consumer> {
  if (await isStale()) await run(root, "npm", "run", "build");
  const folder = await realpath(await mkdtemp(join(tmpdir(), "consumer-")));
  const packed = await run(root, "npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
  const [report] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
  if (!report) throw new Error(`npm pack gave no report: ${packed}`);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  await run(folder, "npm", "install", "--ignore-scripts", "--offline", `./${report.filename}`);
  await cp(join(root, "test/package/app"), folder, { recursive: true });
  await cp(join(root, "data/digits/digits.safetensors"), join(folder, "digits.safetensors"));
  return {
    folder,
    files: report.files.map(({ path }) => path).sort(),
    write,
    run: (program, ...args) => run(folder, program, ...args),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The files under a folder of the repository, by their path in it. */
export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, folder).length + 1));
}

async function isStale(): Promise<boolean> {
  const times = async (folder: string): Promise<number[]> =>
    Promise.all(
      (await filesUnder(folder)).map(async (file) => (await stat(join(root, folder, file))).mtimeMs),
    );
  try {
    const built = Math.min(...(await times("dist")));
    // A build that was cut short lacks the shaders, which come last.
    const complete = (await filesUnder("dist/shaders")).length === (await filesUnder("shaders")).length;
    return !complete || [...(await times("src")), ...(await times("shaders"))].some((time) => time > built);
  } catch {
    return true;
  }
}

async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
