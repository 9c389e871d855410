import { expect, test } from "vitest";
import { brain } from "../../bench/contenders/brain.ts";
import { chainruleWasm } from "../../bench/contenders/chainrule_wasm.ts";
import { jaxOn } from "../../bench/contenders/jax.ts";
import { tensorflowWasm } from "../../bench/contenders/tensorflow_wasm.ts";
import { agrees } from "../../bench/side.ts";
import { problemOf, type OptimizerName, type Problem } from "../../bench/nets.ts";
import { differenceOf } from "./difference.ts";

const problem = (batchSize: number, optimizer: OptimizerName, norm = false): Problem =>
  problemOf({ sizes: [5, 7, 6, 3], norm, batchSize, optimizer });

test.each(["sgd", "adam"] as const)("TensorFlow.js on wasm computes the same by %s", async (optimizer) => {
  const library = await tensorflowWasm();
  expect(library.backend).toBe("wasm (SIMD)");
  expect(agrees(await differenceOf(library, problem(4, optimizer)))).toBe(true);
});

test.each(["sgd", "adam"] as const)(
  "jax-js on wasm, and ours there, compute the same by %s",
  async (optimizer) => {
    for (const library of [await jaxOn("wasm"), await chainruleWasm(1), await chainruleWasm(2)])
      expect(agrees(await differenceOf(library, problem(4, optimizer, true)))).toBe(true);
  },
);

test("and so with layer norms", async () => {
  expect(agrees(await differenceOf(await tensorflowWasm(), problem(4, "adam", true)))).toBe(true);
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
  expect(library.lacks?.(problem(4, "sgd"))).toBeUndefined();
  expect(library.lacks?.(problem(4, "sgd", true))).toBe("it has no layer norm");
});
