// Threads of the WebAssembly back end: the same bits as one, and what is said where there are none or one is lost.

import { afterEach, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile.ts";
import { DeviceError } from "../../../src/core/errors.ts";
import { halfSquaredError } from "../../../src/loss/index.ts";
import { dense, layerNorm, sequential, sigmoid } from "../../../src/nn/index.ts";
import { openDevice } from "../../../src/open/open.ts";
import { adam } from "../../../src/optim/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { noThreads } from "../../../src/runtime/wasm/threads.ts";
import { openWasm } from "../../../src/runtime/wasm/wasm_device.ts";
import { setSpawnWorker, type SpawnWorker } from "../../../src/runtime/workers.ts";
import type { Tensor } from "../../../src/trace/tensor.ts";
import { spec } from "../../../src/trace/trace.ts";
import { createTrainer } from "../../../src/train/trainer.ts";
import { reportsOf } from "../../train/networks.ts";
import { uniform } from "../../support/values.ts";

const opened: Device[] = [];
async function open(threads: number): Promise<Device> {
  const device = await openWasm("a test", threads);
  opened.push(device);
  return device;
}
let original: SpawnWorker | undefined;
afterEach(() => {
  for (const device of opened.splice(0)) device.dispose();
  if (original) setSpawnWorker(original);
  original = undefined;
});

test("a page that is not isolated has one thread, and is told why", async () => {
  const { reason } = await open(2);
  const why = noThreads();
  expect(reason).toMatch(why ? /one thread: this page is not cross-origin isolated$/ : /SIMD, 2 threads$/);
});

// Skipped in the tests' own page, which is not isolated: test/package/everywhere.node.test.ts has threads in one that is.
describe.skipIf(noThreads() !== undefined)("with threads", () => {
  /** Products whose blocks do not divide, rows, columns and picked rows, Adam. */
  async function trained(device: Device): Promise<unknown> {
    const x = uniform(-1, 1)([203, 147], 1);
    const y = uniform(0, 1)([203, 9], 2);
    const trainer = await createTrainer(device, {
      model: sequential(dense(147, 261), layerNorm(261), sigmoid(), dense(261, 9), sigmoid()),
      loss: halfSquaredError,
      optimizer: adam({ learningRate: 0.01 }),
      batchSize: 101,
      seed: 5,
    });
    const reports = await reportsOf(trainer.fit({ x, y }, { epochs: 2 }));
    const found = { params: await trainer.params(), losses: reports.map(({ loss }) => loss) };
    await trainer.dispose();
    return found;
  }

  test("any number of them gives the same bits", async () => {
    const alone = await trained(await open(1));
    for (const threads of [2, 3]) {
      const device = await open(threads);
      expect(device.reason).toMatch(new RegExp(`SIMD, ${threads} threads$`));
      expect(await trained(device)).toEqual(alone);
    }
  });

  test("products of a batch, and maps and reductions of any shape, do too", async () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => [
      x.matmul(y).tanh().sum(1),
      x.exp().add(1).log().max(0),
      x.reshape([-1]).square(),
    ];
    const args = [uniform(-1, 1)([7, 61, 33], 1), uniform(-1, 1)([7, 33, 70], 2)] as const;
    const results = await Promise.all(
      [1, 3].map(async (threads) => {
        const program = await compile(await open(threads), f, spec(args[0].shape), spec(args[1].shape));
        program.run(...args);
        return program.read();
      }),
    );
    expect(results[1]).toEqual(results[0]);
  });

  test("a program that is made later finds its functions in all of them", async () => {
    const device = await open(2);
    for (const scale of [2, 3, 5]) {
      const program = await compile(device, (x: Tensor) => x.mul(scale).exp(), spec([400, 300]));
      const x = uniform(-1, 1)([400, 300], scale);
      const { data } = await program.run(x).read();
      const want = Array.from(x.data, (value: number) => Math.exp(Math.fround(value * scale)));
      expect(want.every((value, i) => Math.abs((data[i] ?? NaN) / value - 1) < 1e-6)).toBe(true);
      program.dispose();
    }
  });

  test("workers that are refused leave one thread, with the reason", async () => {
    original = setSpawnWorker(() => {
      throw new Error("no workers in this house");
    });
    const { reason } = await open(2);
    expect(reason).toMatch(/SIMD, one thread: others were refused \(no workers in this house\)$/);
  });

  test("a thread that fails with a part of a job in its hands is not waited for", async () => {
    const spawn = setSpawnWorker((script) =>
      spawn(script.replace("add(kernels).setScratch", '(add(kernels), () => { throw new Error("full"); })')),
    );
    original = spawn;
    const device = await open(2);
    const program = await compile(device, (x: Tensor) => x.matmul(x), spec([600, 600]));
    const x = uniform(-1, 1)([600, 600], 1);
    // It may come too late for a part of the first runs.
    const runs = (): void => {
      for (let i = 0; i < 500; i++) program.run(x);
    };
    expect(runs).toThrow(/^wasm: a thread was lost \(it did not finish its part of a step\)\. Open a new/);
    expect(() => program.run(x)).toThrow(DeviceError);
  });

  test("where one ends while a program is made, the others do not keep the process", async () => {
    const held: boolean[] = [];
    let isEnding = false;
    const spawn = setSpawnWorker((script) => {
      const index = held.push(true) - 1;
      const worker = spawn(script);
      let end: (error: Error) => void = () => undefined;
      return {
        ...worker,
        listen(onMessage, onError) {
          end = onError;
          worker.listen(onMessage, onError);
        },
        post: (message) => (isEnding && index === 0 ? end(new Error("gone")) : worker.post(message)),
        hold(isHeld) {
          held[index] = isHeld;
          worker.hold(isHeld);
        },
      };
    });
    original = spawn;
    const device = await open(3);
    expect(held).toEqual([false, false]);
    isEnding = true;
    await expect(compile(device, (x: Tensor) => x.log(), spec([4]))).rejects.toThrow(/lost \(gone\)/);
    expect(held).toEqual([false, false]);
  });

  test("a thread that ends takes the device with it, in words", async () => {
    const ends: ((error: Error) => void)[] = [];
    const spawn = setSpawnWorker((script) => {
      const worker = spawn(script);
      return {
        ...worker,
        listen(onMessage, onError) {
          ends.push(onError);
          worker.listen(onMessage, onError);
        },
      };
    });
    original = spawn;
    const device = await open(2);
    const program = await compile(device, (x: Tensor) => x.exp(), spec([4]));
    program.run([1, 2, 3, 4]);
    ends[0]?.(new Error("out of memory"));
    expect(() => program.run([1, 2, 3, 4])).toThrow(DeviceError);
    expect(() => program.run([1, 2, 3, 4])).toThrow(
      /^wasm: a thread was lost \(out of memory\)\. Open a new/,
    );
    await expect(compile(device, (x: Tensor) => x.log(), spec([4]))).rejects.toThrow(/a thread was lost/);
  });
});

test("threads are asked for by number", async () => {
  const device = await openDevice({ backend: "wasm", threads: 2 });
  opened.push(device);
  expect(device.reason).toMatch(
    /^it was asked for: WebAssembly with (relaxed )?SIMD, (2 threads|one thread: )/,
  );
});
