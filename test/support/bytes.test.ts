import { expect, test } from "vitest";
import { readBytes, readJson } from "./bytes.ts";

test("reads a file of the repository", async () => {
  expect((await readBytes("data/digits/digits.safetensors")).length).toBe(117_037);
  expect((await readJson<{ name: string }>("package.json")).name).toBe("chainrule");
});

test("rejects a missing file", async () => {
  await expect(readBytes("data/digits/missing.safetensors")).rejects.toThrow("missing.safetensors");
});
