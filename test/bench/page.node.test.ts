import { expect, onTestFinished, test } from "vitest";
import { openBrowsers } from "../../bench/browser.ts";
import type { Pace } from "../../bench/pace.ts";
import { agrees } from "../../bench/side.ts";

const pace: Pace = {
  warm: 0,
  rounds: 1,
  fewest: 1,
  budget: 1,
  once: 1000,
  skip: 10_000,
  longest: 100,
  sampling: 100,
};

// Even sizes: on its webgl back end, TensorFlow.js trains layers of odd width wrong.
test("a training is measured in a page, WebGL and WebAssembly among the contenders", async () => {
  const browsers = await openBrowsers();
  onTestFinished(() => browsers.close());
  const task = {
    training: { sizes: [2, 4, 1], batchSize: 4, optimizer: "sgd" },
    on: "gpu",
    contenders: ["chainrule", "tfjs-webgl", "tfjs-wasm", "brain", "torch-cpu"],
    pace,
  } as const;
  const outcome = await browsers.measure(task, Infinity);
  expect(browsers.runtime()).toMatch(/^Chromium [\d.]+, headless$/);
  const sides = outcome?.result.sides ?? [];
  expect(sides.map(({ library }) => library.replace(/ \d\S*/, ""))).toEqual([
    "chainrule webgpu",
    "TensorFlow.js webgl",
    expect.stringMatching(/^TensorFlow\.js wasm \(SIMD/),
    "brain.js CPU",
  ]);
  const [ours, webgl, wasm] = sides;
  for (const side of [webgl, wasm]) expect(side?.difference && agrees(side.difference)).toBe(true);
  expect(ours?.cost?.calls).toMatchObject({ dispatches: 6, submits: 1, buffers: 0, bindGroups: 0 });
  expect(webgl?.cost?.calls?.dispatches).toBeGreaterThan(6);
  expect(webgl?.peakBytes).toBeGreaterThan(0);
  expect(wasm?.peakBytes).toBeUndefined();
  expect(outcome?.leftOut).toEqual([
    { title: "PyTorch CPU", reason: "no page runs Python; npm run bench has it" },
  ]);

  const onCpu = { ...task, on: "cpu", contenders: ["chainrule", "chainrule-threads", "jax"] } as const;
  const fast = await browsers.measure(onCpu, Infinity);
  expect(fast?.adapter).toBeUndefined();
  expect(fast?.result.sides.map(({ library }) => library.replace(/ \d\S*/, ""))).toEqual([
    "chainrule wasm (one thread)",
    "chainrule wasm (2 threads)",
    "jax-js wasm",
  ]);
  for (const side of fast?.result.sides.slice(1) ?? [])
    expect(side.difference && agrees(side.difference)).toBe(true);

  expect(await browsers.measure(task, 1)).toBeUndefined();
  // Not among the page's contenders: the page's error is the measurement's.
  const wrong = { ...task, contenders: ["nobody"] };
  await expect(browsers.measure(wrong, Infinity)).rejects.toThrow(/nobody here is called nobody/);
}, 120_000);
