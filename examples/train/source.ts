// Where the images come from: the digits of this repository, or a folder of IDX files.

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadDigits, loadIdxFolder, ValueError, type TrainTest } from "chainrule";

export interface Source extends TrainTest {
  /** What it is, in words. */
  readonly name: string;
}

// The bundle lies in build/, one step below the root.
const DIGITS = join(dirname(fileURLToPath(import.meta.url)), "..", "data", "digits", "digits.safetensors");

/** Throws what the loaders throw for files that are missing, truncated or something else. */
export async function loadSource(folder: string | undefined): Promise<Source> {
  if (folder === undefined) return { name: "8x8 handwritten digits", ...loadDigits(await readFile(DIGITS)) };
  return { name: folder, ...(await loadIdxFolder(await idxFiles(folder))) };
}

/** The folder's IDX files, name → bytes; whatever else lies there is not read. */
async function idxFiles(folder: string): Promise<Record<string, Uint8Array>> {
  const names = (await namesIn(folder)).filter((name) => /idx\d-ubyte(\.gz)?$/.test(name));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ValueError(
      `--data ${folder} cannot be read (${why}). Give a folder of the four IDX files of MNIST.`,
      {
        cause,
      },
    );
  }
}
