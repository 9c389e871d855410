import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cacheFolder, fileStorage } from "../../../src/runtime/node/cache_storage.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kept-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a cache lies where the platform has them", () => {
  expect(cacheFolder("linux", {}, "/home/a")).toBe("/home/a/.cache/chainrule");
  expect(cacheFolder("linux", { XDG_CACHE_HOME: "/cache" }, "/home/a")).toBe("/cache/chainrule");
  expect(cacheFolder("linux", { XDG_CACHE_HOME: "" }, "/home/a")).toBe("/home/a/.cache/chainrule");
  expect(cacheFolder("darwin", {}, "/Users/a")).toBe("/Users/a/Library/Caches/chainrule");
  expect(cacheFolder("win32", { LOCALAPPDATA: "/local" }, "/users/a")).toBe("/local/chainrule");
  expect(cacheFolder("win32", {}, "/users/a")).toBe("/users/a/AppData/Local/chainrule");
});

test("what is kept is there for the next process, beside what others kept, and no half file stays", async () => {
  const file = join(folder, "new", "kept.json");
  expect(await fileStorage(file).getItem("a")).toBe(null);
  await fileStorage(file).setItem("a", "one");
  await fileStorage(file).setItem("b", "two");
  await fileStorage(file).setItem("a", "three");
  expect(await fileStorage(file).getItem("a")).toBe("three");
  expect(await fileStorage(file).getItem("b")).toBe("two");
  expect(await fileStorage(file).getItem("toString")).toBe(null);
  expect(await readdir(join(folder, "new"))).toEqual(["kept.json"]);
});

test("a file that holds something else holds nothing, and is written anew", async () => {
  for (const text of ["", "{", "null", "[1]", "7"]) {
    const file = join(folder, "other.json");
    await writeFile(file, text);
    const storage = fileStorage(file);
    expect(await storage.getItem("a"), text).toBe(null);
    await storage.setItem("a", "one");
    expect(await storage.getItem("a"), text).toBe("one");
  }
});

test("a file that cannot be written rejects", async () => {
  const file = join(folder, "taken");
  await mkdir(file);
  await expect(fileStorage(file).setItem("a", "one")).rejects.toThrow();
});
