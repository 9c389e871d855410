import { openDevice } from "chainrule";
import { expect, test } from "vitest";
import type { Library } from "../../bench/contender.ts";
import { brain } from "../../bench/contenders/brain.ts";
import { chainruleOn } from "../../bench/contenders/chainrule.ts";
import { tensorflowWasm } from "../../bench/contenders/tensorflow_wasm.ts";
import { agrees } from "../../bench/measure.ts";
import { problemOf, type OptimizerName, type Problem } from "../../bench/nets.ts";
import { Runner } from "../../bench/runner.ts";

/** How far a library is from chainrule on the CPU after each of some steps. */
async function differenceOf(library: Library, problem: Problem): Promise<{ loss: number; weights: number }> {
  const device = await openDevice({ backend: "cpu" });
  const runners = [await Runner.start(chainruleOn(device), problem), await Runner.start(library, problem)];
  for (const runner of runners) {
    for (let i = 0; i < 4; i++) await runner.chunk(2);
    await runner.snapshot();
  }
  const [ours, theirs] = runners;
  const difference = ours && theirs?.differenceFrom(ours);
  for (const { contender } of runners) await contender.dispose();
  device.dispose();
  return difference ?? { loss: NaN, weights: NaN };
}

const problem = (batchSize: number, optimizer: OptimizerName): Problem =>
  problemOf({ sizes: [5, 7, 6, 3], batchSize, optimizer });

test.each(["sgd", "adam"] as const)("TensorFlow.js on wasm computes the same by %s", async (optimizer) => {
  const library = await tensorflowWasm();
  expect(library.backend).toBe("wasm (SIMD)");
  expect(agrees(await differenceOf(library, problem(4, optimizer)))).toBe(true);
});

test("TensorFlow.js on wasm makes its back end the current one when it is its turn", async () => {
  const tf = await import("@tensorflow/tfjs");
  const contender = await (await tensorflowWasm()).create(problem(4, "sgd"));
  await tf.setBackend("cpu");
  await contender.enter?.();
  expect(tf.getBackend()).toBe("wasm");
  await contender.dispose();
});

test("brain.js computes the same for batches of one example, and another thing for more", async () => {
  const library = await brain();
  expect(library.algorithm).toBe("an update for each example");
  expect(agrees(await differenceOf(library, problem(1, "sgd")))).toBe(true);
  expect(agrees(await differenceOf(library, problem(4, "sgd")))).toBe(false);
});
