// Where the weights go.

import { stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { encodeSafetensors, ValueError, type HostTensor } from "chainrule";

/** Throws ValueError where `file` could not be written after an hour of training: it is a folder, or has none. */
export async function expectWritable(file: string): Promise<void> {
  const kindOf = async (path: string): Promise<"folder" | "file" | "nothing"> => {
    const found = await stat(path).catch(() => undefined);
    return found ? (found.isDirectory() ? "folder" : "file") : "nothing";
  };
  if ((await kindOf(file)) === "folder")
    throw new ValueError(`--out ${file} is a folder. Give a file in it.`);
  const folder = dirname(resolve(file));
  if ((await kindOf(folder)) !== "folder")
    throw new ValueError(`--out ${file}: there is no folder ${folder}. Make it, or choose another file.`);
}

/** Writes tensors by name as safetensors, and gives the file's whole path. */
export async function saveWeights(file: string, params: Record<string, HostTensor>): Promise<string> {
  await writeFile(file, encodeSafetensors(params));
  return resolve(file);
}
