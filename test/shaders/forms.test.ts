// A shader's plain loops and their unrolled form compute the same, whatever device the tile was chosen for.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { textOf } from "../../src/graph/kernel.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import type { Profile } from "../../src/graph/profile.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { Program } from "../../src/runtime/program.ts";
import type { WebGpuDevice } from "../../src/runtime/webgpu/webgpu_device.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { expectClose, sumOf } from "../support/close.ts";
import { webGpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { uniform } from "../support/values.ts";
import { messagesOfPlan } from "../support/wgsl.ts";

/** Without the marks, but for a loop over the lanes that a broadcast names: WGSL wants constants there. */
const plainText = (text: string, broadcasts: boolean): string =>
  text
    .split("\n")
    .map((line) =>
      broadcasts && line.includes("(var u = ") ? line : line.replace(/ \/\/ @(unroll|scalars)$/, ""),
    )
    .join("\n");

/** The same plan with constants set and slots filled, but loops and arrays as they are written. */
const withLoops = (plan: Plan): Plan => ({
  ...plan,
  dispatches: plan.dispatches.map((dispatch) => {
    const { shader, slots } = dispatch.kernel;
    const broadcasts = Object.values(slots).some((text) => text.includes("quadBroadcast"));
    const kernel = {
      ...dispatch.kernel,
      shader: { name: shader.name, text: async () => plainText(await textOf(shader), broadcasts) },
      slots: Object.fromEntries(
        Object.entries(slots).map(([name, text]) => [name, plainText(text, broadcasts)]),
      ),
    };
    return { ...dispatch, kernel };
  }),
});

async function run(device: WebGpuDevice, graph: Graph, plan: Plan, data: readonly HostTensor[]) {
  const inputs = data.map((source) => upload(device, source));
  const outputs = graph.outputs.map((_, i) => i);
  const program = await Program.create(device, { graph, plan, outputs, inputs });
  program.run();
  const results = (await program.read()) as readonly HostTensor[];
  program.dispose();
  for (const input of inputs) input.dispose();
  return results;
}

const profiles: readonly (readonly [string, Profile, shader: string])[] = [
  ["an emulated GPU", { ...plainSoftware, subgroups: true }, "matmul"],
  ["one without subgroups", plainSoftware, "matmul"],
  ["a GPU", plainGpu, "matmul_tiled"],
];

type Product = readonly [string, (x: Tensor, y: Tensor) => Tensor[], Shape, Shape];

const products: readonly Product[] = [
  [
    "a batch of xᵀ·y and column sums",
    (x, y) => [x.transpose([0, 2, 1]).matmul(y), y.sum(1)],
    [2, 13, 33],
    [2, 13, 21],
  ],
];

test.each(profiles)("matmul on %s", async (_, profile, shader) => {
  const { subgroups } = (await webGpuDevice()).profile;
  await expectSameForms(products, { ...profile, subgroups: subgroups && profile.subgroups }, shader);
});

async function expectSameForms(cases: readonly Product[], profile: Profile, shader: string): Promise<void> {
  const device = await webGpuDevice();
  for (const [name, f, ...shapes] of cases) {
    const { graph } = trace(
      f,
      shapes.map((shape, i) => ({ name: `x${i}`, specs: spec(shape) })),
    );
    const data = shapes.map((shape, i) => uniform()(shape, i + 1));
    const plan = lower(graph, profile);
    expect(
      plan.dispatches.map(({ kernel }) => kernel.shader.name),
      name,
    ).toEqual([shader]);
    expect(await messagesOfPlan(device, withLoops(plan)), name).toEqual([]);
    const unrolled = await run(device, graph, plan, data);
    const loops = await run(device, graph, withLoops(plan), data);
    const oracle = interpret(graph, data);
    graph.outputs.forEach(({ value }, i) => {
      const want = oracle.get(value.id);
      const got = unrolled[i];
      const plain = loops[i];
      if (!want || !got || !plain) throw new Error(`${name} has no result ${i}`);
      expectClose(got, want, sumOf(33), name);
      // In one order, but a GPU may contract products and sums in one form and not in the other.
      if (device.profile.kind === "software") expect(plain.data, name).toEqual(got.data);
      else expectClose(plain, got, sumOf(33), name);
    });
  }
}

test("reductions and softmax that a GPU runs", async () => {
  const device = await webGpuDevice();
  const f = (x: Tensor): Tensor[] => [
    x.sum(1),
    x.max(1),
    x.min(1),
    x.sum([0, 2]),
    x.sum(),
    x.softmax(),
    x.logSoftmax(1),
  ];
  const { graph } = trace(f, [{ name: "x", specs: spec([5, 130, 3]) }]);
  const data = [uniform()([5, 130, 3], 1)];
  const plan = lower(graph, plainGpu);
  const lanes = plan.dispatches.map(({ kernel }) => kernel.constants["LANES"]);
  expect(lanes).toContain(64);
  const results = await run(device, graph, plan, data);
  const oracle = interpret(graph, data);
  graph.outputs.forEach(({ value }, i) => {
    const want = oracle.get(value.id);
    const got = results[i];
    if (!want || !got) throw new Error(`there is no result ${i}`);
    // exp and log err by some 2⁻²⁰ of their own (see test/ops/log_softmax.test.ts).
    expectClose(
      got,
      want,
      { rtol: 20 * 2 ** -23, atol: sumOf(data[0]?.data.length ?? 1).atol / 8 + 2 ** -20 },
      `result ${i}`,
    );
  });
});
