// The training program as its user has it: a child process, its lines, its file, its errors.
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { decodeSafetensors } from "chainrule";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { idxBytes, idxFolder, type IdxFiles } from "../support/idx_files.ts";
import { programBuild, root } from "../support/program_build.ts";

interface Finished {
  readonly code: number;
  readonly lines: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
}

let program = "";
let dir = "";
const out = (): string => join(dir, "weights.safetensors");

beforeAll(async () => {
  program = await programBuild("train");
  dir = await mkdtemp(join(tmpdir(), "chainrule-train-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const train = (...args: readonly string[]): Promise<Finished> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, "--out", out(), ...args], { cwd: root }, (error, stdout, stderr) =>
      resolve({
        code: error ? Number(error.code ?? NaN) : 0,
        lines: stdout.trimEnd().split("\n"),
        stdout,
        stderr,
      }),
    );
  });

const accuracyOf = ({ lines }: Finished): number => {
  const found = /^test accuracy (\d{1,3}\.\d{2}) %$/.exec(lines.at(-1) ?? "");
  return Number(found?.[1] ?? NaN);
};
const lossesOf = ({ lines }: Finished): number[] =>
  lines.flatMap((line) => {
    const found = /^epoch +\d+\/\d+ {2}loss (\S+) /.exec(line);
    return found ? [Number(found[1])] : [];
  });

describe("the digits", () => {
  let byDefault: Finished;
  beforeAll(async () => {
    byDefault = await train();
  });

  test("read with at least 95 % right by default, through WebGPU, and it says why", () => {
    expect(byDefault.code, byDefault.stderr).toBe(0);
    expect(accuracyOf(byDefault)).toBeGreaterThanOrEqual(95);
    expect(byDefault.lines[0]).toMatch(/^device +webgpu: .+: .+/);
    expect(byDefault.lines[2]).toContain("64-32-10, batch 32, learning rate 2, seed 7");
  });

  test("are one plain line an epoch where stdout is no terminal", () => {
    const epochs = byDefault.lines.filter((line) => line.startsWith("epoch"));
    expect(epochs.length).toBe(40);
    for (const line of epochs)
      expect(line).toMatch(
        /^epoch [ \d]\d\/40 {2}loss \d\.\d{5} {2}accuracy \d+\.\d\d % {2}[\d,]+ samples\/s$/,
      );
    for (const control of ["\r", "\u001b"]) expect(byDefault.stdout).not.toContain(control);
    const losses = lossesOf(byDefault);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? NaN) / 5);
  });

  test("end in a confusion matrix whose diagonal is the accuracy", () => {
    const at = byDefault.lines.findIndex((line) => line.startsWith("confusion matrix"));
    const counts = byDefault.lines.slice(at + 2, at + 12).map((line) =>
      line
        .trim()
        .split(/\s+/)
        .slice(1, 11)
        .map((cell) => (cell === "·" ? 0 : Number(cell))),
    );
    const all = counts.flat().reduce((sum, count) => sum + count, 0);
    const right = counts.reduce((sum, line, label) => sum + (line[label] ?? NaN), 0);
    expect(all).toBe(360);
    expect(accuracyOf(byDefault)).toBe(Number(((100 * right) / all).toFixed(2)));
  });

  test("leave their weights as safetensors, and the path", async () => {
    const { tensors } = decodeSafetensors(await readFile(out()), "weights");
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      "0.weight": [64, 32],
      "0.threshold": [32],
      "2.weight": [32, 10],
      "2.threshold": [10],
    });
    expect(byDefault.lines.at(-2)).toBe(`weights  ${out()}`);
  });

  test("come to the same losses on the CPU", async () => {
    const cpu = await train("--backend", "cpu", "--epochs", "4");
    expect(cpu.lines[0]).toMatch(/^device +cpu: it was asked for$/);
    lossesOf(cpu).forEach((loss, i) => expect(loss).toBeCloseTo(lossesOf(byDefault)[i] ?? NaN, 4));
    expect(lossesOf(cpu).length).toBe(4);
  });

  test("say where they would train faster", () => {
    const faster = byDefault.lines.find((line) => line.startsWith("faster"));
    expect(faster).toMatch(
      /^faster +a step of this network takes [\d.]+ ms on webgpu, [\d.]+ ms on the CPU in WebAssembly: try --backend wasm$/,
    );
  });

  test("train where it is fastest, told to", async () => {
    const auto = await train("--backend", "auto", "--epochs", "4");
    expect(auto.lines[0]).toMatch(/^device +wasm: WebGPU has no GPU here/);
    lossesOf(auto).forEach((loss, i) => expect(loss).toBeCloseTo(lossesOf(byDefault)[i] ?? NaN, 4));
    expect(auto.stdout).not.toMatch(/^faster/m);
  });

  test("train on gpu.js", async () => {
    const args = ["--epochs", "2", "--hidden", "8", "--seed", "3"];
    const done = await train("--backend", "gpujs", ...args);
    expect(done.stderr).toBe("");
    expect(done.lines[0]).toMatch(/^device +gpujs: it was asked for: gpu\.js, WebAssemblyKernel$/);
    // Five digits are printed, and what the CPU's steps round otherwise is beyond them.
    const onCpu = await train("--backend", "cpu", ...args);
    lossesOf(done).forEach((loss, i) =>
      expect(Math.abs(loss - (lossesOf(onCpu)[i] ?? NaN))).toBeLessThan(2e-5),
    );
    // One image of 360 may be a close call.
    expect(Math.abs(accuracyOf(done) - accuracyOf(onCpu))).toBeLessThan(0.3);
  });

  test("take other layers, batches and seeds", async () => {
    const args = ["--backend", "cpu", "--hidden", "12,8", "--epochs", "1", "--batch-size", "100"];
    const one = await train(...args, "--learning-rate", "0.5", "--seed", "1");
    expect(one.lines[2]).toContain("64-12-8-10, batch 100, learning rate 0.5, seed 1");
    const { tensors } = decodeSafetensors(await readFile(out()), "weights");
    expect(tensors["2.weight"]?.shape).toEqual([12, 8]);
    const two = await train(...args, "--learning-rate", "0.5", "--seed", "2");
    expect(lossesOf(two)).not.toEqual(lossesOf(one));
    expect(lossesOf(await train(...args, "--learning-rate", "0.5", "--seed", "1"))).toEqual(lossesOf(one));
  });
});

describe("a folder of IDX files", () => {
  const folder = async (name: string, files: IdxFiles): Promise<string> => {
    const path = join(dir, name);
    await mkdir(path);
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(path, file), bytes);
    return path;
  };
  const refusal = async (name: string, files: IdxFiles): Promise<string> => {
    const { code, stdout, stderr } = await train("--data", await folder(name, files));
    expect([code, stdout]).toEqual([1, ""]);
    return stderr;
  };

  test("plain or gzipped gives inputs and classes, and the defaults for MNIST", async () => {
    const plain = idxFolder();
    const zipped = Object.fromEntries(Object.entries(plain).map(([name, b]) => [`${name}.gz`, gzipSync(b)]));
    const runs: Finished[] = [];
    for (const [name, files] of Object.entries({ plain, zipped }))
      runs.push(await train("--backend", "cpu", "--data", await folder(name, files)));
    for (const run of runs) {
      expect(run.code, run.stderr).toBe(0);
      expect(run.lines[1]).toContain("300 to train, 30 to test");
      expect(run.lines[2]).toContain("16-128-3, batch 32, learning rate 2, seed 7");
      expect(lossesOf(run).length).toBe(5);
      expect(accuracyOf(run)).toBe(100);
    }
    expect(lossesOf(runs[0] as Finished)).toEqual(lossesOf(runs[1] as Finished));
  });

  test("that lacks a file, is cut off or holds NaN is refused before any work", async () => {
    const files = idxFolder();
    const { "t10k-labels-idx1-ubyte": _, ...three } = files;
    expect(await refusal("three", three)).toMatch(
      /^error: loadIdxFolder: t10k-labels-idx1-ubyte is missing.*\n$/,
    );
    const images = files["train-images-idx3-ubyte"] ?? new Uint8Array();
    const cut = { ...files, "train-images-idx3-ubyte": images.subarray(0, 100) };
    expect(await refusal("cut", cut)).toMatch(/^error: train-images-idx3-ubyte: truncated.* has 100\. .*\n$/);
    const gz = { ...three, "t10k-labels-idx1-ubyte.gz": gzipSync(images).subarray(0, 40) };
    expect(await refusal("gz", gz)).toMatch(
      /^error: t10k-labels-idx1-ubyte.gz: the gzip data .* truncated.*\n$/,
    );
    const nan = idxBytes(0x0d, [300, 4, 4], (view, at) => view.setFloat32(at, at === 16 + 4 * 7 ? NaN : 0));
    expect(await refusal("nan", { ...files, "train-images-idx3-ubyte": nan })).toMatch(/^error: .*NaN.*\n$/);
    expect(await refusal("none", {})).toMatch(/^error: loadIdxFolder: .* is missing, among no files\. .*\n$/);
  });
});

describe("what cannot be used", () => {
  test.each([
    ["--epochs", "0"],
    ["--epochs", "1.5"],
    ["--epochs", ""],
    ["--hidden", "12,x"],
    ["--hidden", "0"],
    ["--batch-size", "-3"],
    ["--learning-rate", "NaN"],
    ["--learning-rate", "0"],
    ["--seed", "4294967296"],
    ["--backend", "metal"],
    ["--out", ""],
    ["--data", ""],
    ["--data", "no/such/folder"],
    ["--out", "no/such/folder/w.safetensors"],
    ["--out", "."],
    ["--layers", "3"],
    ["more", "words"],
  ])("%s %s is one line on stderr", async (...args) => {
    const { code, stdout, stderr } = await train(...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    if (args[0].startsWith("--")) expect(stderr).toContain(args[0]);
  });

  test("is a learning rate that breaks the training", async () => {
    const { code, stderr } = await train("--backend", "cpu", "--learning-rate", "1e39");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: train: the loss is NaN at step \d+, with learning rate 1e\+39\. [^\n]+\n$/,
    );
  });

  test("has its stack shown to those who ask", async () => {
    process.env["CHAINRULE_DEBUG"] = "1";
    try {
      expect((await train("--out", ".")).stderr).toMatch(/^ValueError: --out \. is a folder.*\n {4}at /);
    } finally {
      delete process.env["CHAINRULE_DEBUG"];
    }
  });
});

test("--help lists every option with its default", async () => {
  const { code, stdout } = await train("--help");
  expect(code).toBe(0);
  const words = "data hidden epochs batch-size learning-rate seed backend out".split(" ");
  for (const word of words) expect(stdout).toMatch(new RegExp(`--${word} <`));
  expect(stdout.match(/default:/g)?.length).toBe(words.length);
});

test("Ctrl-C ends it in a line, without weights", async () => {
  const file = join(dir, "interrupted.safetensors");
  const args = [program, "--backend", "cpu", "--epochs", "100000", "--out", file];
  const child = spawn(process.execPath, args, { cwd: root });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => void (chunk.includes("epoch") && child.kill("SIGINT")));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  expect([code, stderr]).toEqual([130, "interrupted: no weights were saved\n"]);
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});
