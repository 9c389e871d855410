import { describe, expect, test } from "vitest";
import { FormatError, ShapeError, ValueError } from "../../src/core/errors.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import { loadIdxFolder } from "../../src/data/idx_folder.ts";
import { gzip } from "../support/gzip.ts";

const images = (...pixels: number[]) =>
  Uint8Array.of(0, 0, 8, 3, 0, 0, 0, pixels.length / 2, 0, 0, 0, 1, 0, 0, 0, 2, ...pixels);
const labels = (...values: number[]) => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values);

const four = () => ({
  "train-images-idx3-ubyte": images(0, 255, 51, 0),
  "train-labels-idx1-ubyte": labels(0, 2),
  "t10k-images-idx3-ubyte": images(255, 255),
  "t10k-labels-idx1-ubyte": labels(1),
});

const renamed = (rename: (name: string) => string) =>
  Object.fromEntries(Object.entries(four()).map(([name, bytes]) => [rename(name), bytes]));

describe("loads", () => {
  test("both parts, with the classes of both", async () => {
    const { train, test } = await loadIdxFolder(four());
    expect(train).toEqual({
      x: tensor(new Uint8Array([0, 255, 51, 0]), [2, 2]),
      scale: 1 / 255,
      y: tensor([
        [1, 0, 0],
        [0, 0, 1],
      ]),
      labels: tensor(new Int32Array([0, 2])),
      classes: 3,
    });
    expect(test).toEqual({
      x: tensor(new Uint8Array([255, 255]), [1, 2]),
      scale: 1 / 255,
      y: tensor([[0, 1, 0]]),
      labels: tensor(new Int32Array([1])),
      classes: 3,
    });
  });

  test.each([
    ["a dot", (name: string) => name.replace("-idx", ".idx")],
    ["test- for t10k-", (name: string) => name.replace("t10k", "test")],
  ])("names with %s", async (_, rename) => {
    expect(await loadIdxFolder({ ...renamed(rename), "README.md": new Uint8Array() })).toEqual(
      await loadIdxFolder(four()),
    );
  });

  test("gzipped files, under .gz or not", async () => {
    const packed: Record<string, Uint8Array> = {};
    for (const [name, bytes] of Object.entries(four()))
      packed[name.startsWith("train") ? `${name}.gz` : name] = await gzip(bytes);
    expect(await loadIdxFolder(packed)).toEqual(await loadIdxFolder(four()));
  });
});

describe("refuses", () => {
  test.each(Object.keys(four()))("a folder without %s", async (missing) => {
    const { [missing as keyof ReturnType<typeof four>]: _, ...files } = four();
    const error: unknown = await loadIdxFolder(files).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ValueError);
    expect(error).toHaveProperty("message", expect.stringContaining(`loadIdxFolder: ${missing} is missing`));
  });

  test("files of different parts", async () => {
    const mixed = { ...four(), "t10k-labels-idx1-ubyte": labels(0, 2) };
    await expect(loadIdxFolder(mixed)).rejects.toThrow(ShapeError);
    await expect(loadIdxFolder(mixed)).rejects.toThrow(
      "t10k-images-idx3-ubyte is [1,1,2] and t10k-labels-idx1-ubyte [2]",
    );
  });

  test("images in place of labels", async () => {
    await expect(loadIdxFolder({ ...four(), "train-labels-idx1-ubyte": images(0, 0, 0, 0) })).rejects.toThrow(
      ShapeError,
    );
  });

  test("a truncated file, by its name", async () => {
    const cut = { ...four(), "train-images-idx3-ubyte": images(0, 255, 51, 0).subarray(0, 19) };
    await expect(loadIdxFolder(cut)).rejects.toThrow(FormatError);
    await expect(loadIdxFolder(cut)).rejects.toThrow(/^train-images-idx3-ubyte: truncated/);
  });
});
