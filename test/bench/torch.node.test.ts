import { hostTensor, type HostTensor } from "chainrule";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { distance } from "../../bench/contender.ts";
import { torch } from "../../bench/contenders/torch.ts";
import { Absent } from "../../bench/contestant.ts";
import { problemOf as kernelProblemOf } from "../../bench/kernels/problem.ts";
import { torchCuda } from "../../bench/kernels/torch.ts";
import { mapLayer } from "../../bench/layer.ts";
import { agrees } from "../../bench/side.ts";
import { problemOf, type OptimizerName, type Problem } from "../../bench/nets.ts";
import { differenceOf } from "./difference.ts";

const fake = fileURLToPath(new URL("fake_python.mjs", import.meta.url));
const python = process.env["PYTHON"] || "python3";
const can = (code: string): boolean => spawnSync(python, ["-c", code]).status === 0;

const problem = (optimizer: OptimizerName, norm = false): Problem =>
  problemOf({ sizes: [5, 7, 6, 3], norm, batchSize: 4, optimizer });

test("what Python answers is a contender like others", async () => {
  const library = await torch("cuda", fake);
  const { name, version, backend } = library;
  expect([name, version, backend]).toEqual(["PyTorch", "2.0-fake", "CUDA (a GPU)"]);
  const given = problem("sgd", true);
  // One process holds several problems apart.
  const [contender, other] = [await library.create(given), await library.create(given)];
  expect(await contender.peakBytes?.()).toBe(12_345);
  for (let i = 0; i < 6; i++) await contender.step();
  const row = given.batches[5 % given.batches.length]?.[0] ?? NaN;
  const first = ({ data, shape: [, width = 0] }: HostTensor): number => data[row * width] ?? NaN;
  expect(await contender.loss()).toBeCloseTo(first(given.data.x) + first(given.data.y), 6);
  expect(distance(await other.weights(), given.layers)).toBe(0);
  await other.dispose();
  const moved = ({ data, shape }: HostTensor): HostTensor =>
    hostTensor(
      Float32Array.from(data, (value) => value + 6),
      shape,
    );
  expect(await contender.weights()).toEqual(given.layers.map((layer) => mapLayer(layer, moved)));
  await contender.dispose();
});

test("steps are made when something is asked for, and once; a loss that is no number is NaN", async () => {
  const contender = await (await torch("cuda", fake)).create(problem("sgd"));
  await contender.step();
  const before = await contender.weights();
  await contender.loss();
  expect(await contender.weights()).toEqual(before);
  for (let i = 0; i < 10; i++) await contender.step();
  expect(await contender.loss()).toBeNaN();
  await contender.dispose();
});

test("a kernel is run when something of it is asked for, and timed by the device's own clock", async () => {
  const { name, version, backend, create } = await torchCuda(fake);
  expect([name, version, backend]).toEqual(["PyTorch", "2.0-fake", "CUDA (a GPU)"]);
  const given = kernelProblemOf({ kind: "softmax", rows: 2, columns: 3 });
  const contender = await create(given);
  for (let i = 0; i < 3; i++) await contender.run();
  expect(await contender.first()).toBe(3);
  const [x] = given.inputs;
  expect((await contender.result()).data[5]).toBeCloseTo((x?.data[5] ?? NaN) + 1, 6);
  expect(await contender.deviceTime?.()).toBe(0.25);
  await contender.dispose();
});

test("without Python or torch it does not take part", async () => {
  await expect(torch("cpu", "no-such-python")).rejects.toThrow(new Absent("there is no no-such-python"));
  await expect(torch("cpu", fake)).rejects.toThrow(new Absent("Python has no torch"));
});

test("a process that ends without an answer is an error that tells its last words", async () => {
  // Node in Python's place knows no -u.
  await expect(torch("cpu", process.execPath)).rejects.toThrow(/ended \(exit code 9\): .*bad option: -u/);
});

// Skipped where there is no Python, which nothing else here needs.
test.skipIf(!can("pass"))("the script itself says that there is no torch", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-torch-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "torch.py"), "raise ImportError('none')\n");
  const { PYTHONPATH } = process.env;
  process.env["PYTHONPATH"] = folder;
  onTestFinished(() => {
    if (PYTHONPATH === undefined) delete process.env["PYTHONPATH"];
    else process.env["PYTHONPATH"] = PYTHONPATH;
  });
  await expect(torch("cpu", python)).rejects.toThrow(new Absent("Python has no torch"));
});

// Skipped where Python has no torch: it is a contender where it is there, no dependency.
test.skipIf(!can("import torch")).each([
  ["sgd", false],
  ["adam", false],
  ["adam", true],
] as const)("PyTorch computes the same by %s, layer norms: %s", async (optimizer, norm) => {
  const library = await torch("cpu", python);
  expect(library.backend).toMatch(/^CPU \(\d+ threads?\)$/);
  expect(agrees(await differenceOf(library, problem(optimizer, norm)))).toBe(true);
});
