// Kernels that are measured on the adapter that is there.

import { expect, test } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { ValueError } from "../../src/core/errors.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { parity } from "../../src/inspect/parity.ts";
import { choiceName, matmulCandidates } from "../../src/ops/matmul_candidates.ts";
import { autotune } from "../../src/runtime/tune/autotune.ts";
import { openDevice } from "../../src/open/open.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { runPlan } from "../plan/run_plan.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { webGpuDevice } from "../support/device.ts";
import { uniform } from "../support/values.ts";

test("a product runs in the kernel that won, and agrees with the oracle", async () => {
  const device = await webGpuDevice();
  const items = new Map<string, string>();
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
  const product = { m: 9, n: 3, k: 6, transposeX: false, transposeY: false };
  const candidates = matmulCandidates(product, 1, device.profile);
  const isDeepEqual = (x: unknown, y: unknown): boolean => JSON.stringify(x) === JSON.stringify(y);
  expect(candidates.length).toBeGreaterThan(1);
  device.tuner = autotune({ storage }).tunerFor(device);
  try {
    using program = await compile(device, (x: Tensor, y: Tensor) => x.matmul(y), spec([9, 6]), spec([6, 3]));
    const { tuned = {} } = program.plan.profile;
    const won = candidates.filter((choice) => isDeepEqual({ "9×3×6 NN ×1": choice }, tuned));
    expect(won).toHaveLength(1);
    const names = { "9×3×6 NN ×1": won.map(choiceName).join() };
    expect([...items.values()].map((text) => JSON.parse(text) as unknown)).toEqual([names]);
    const inputs = [uniform()([9, 6], 1), uniform()([6, 3], 2)] as const;
    const got = await program.run(...inputs).read();
    const want = interpret(program.graph, inputs).get(program.graph.outputs[0]?.value.id ?? -1);
    if (!want) throw new Error("the product has no reference");
    expectClose(got, want, sumOf(6));
    if (device.profile.kind !== "software") return;
    // There every kernel sums in the same order.
    for (const choice of candidates) {
      const plan = lower(program.graph, { ...device.profile, tuned: { "9×3×6 NN ×1": choice } });
      const { outputs } = await runPlan(device, program.graph, plan, inputs, 1);
      expect(outputs[0]?.[0]).toEqual(got.data);
    }
    expect((await parity(program)).ok).toBe(true);
  } finally {
    device.tuner = undefined;
  }
});

test("a device is opened with a tuner where one is asked for", async () => {
  const device = await openDevice({ backend: "webgpu", autotune: autotune() });
  expect(device.tuner).toBeDefined();
  device.dispose();
  const without = await openDevice({ backend: "webgpu" });
  expect(without.tuner).toBeUndefined();
  without.dispose();
  expect((await openDevice({ backend: "cpu", autotune: autotune() })).tuner).toBeUndefined();
});

test.each([
  ["boolean", true],
  ["function", autotune],
] as const)("a %s is not what autotune() gives", async (type, given) => {
  const opened = openDevice({ backend: "cpu", autotune: given as never });
  await expect(opened).rejects.toThrow(ValueError);
  await expect(opened).rejects.toThrow(`autotune is a ${type}. Pass autotune(), or leave it out.`);
});
