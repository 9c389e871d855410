import fc from "fast-check";
import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { HostArray } from "../../src/core/dtype.ts";
import { printGraph } from "../../src/graph/print.ts";
import { gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import type { Device } from "../../src/runtime/device.ts";
import { plainGpu } from "../support/profiles.ts";
import { dataFor, graphOf, recipes } from "./random_graph.ts";
import { runOracle, runPlan } from "./run_plan.ts";

// On WebGPU pipelines are what this costs, so the graphs are few, and the same in every run of the suite. Set
// VITE_PROPERTY_RUNS to try more of them.
const devices: readonly (readonly [string, () => Promise<Device>, number])[] = [
  ["WebGPU", webGpuDevice, 12],
  ["WebAssembly", wasmDevice, 100],
  ["gpu.js", gpujsDevice, 40],
];
const runsOf = (usual: number) => ({
  numRuns: Number(import.meta.env["VITE_PROPERTY_RUNS"] ?? usual),
  seed: Number(import.meta.env["VITE_PROPERTY_SEED"] ?? 7),
});

/** Values pass a dozen ops, each right to some 4 units in the last place of its largest operand: up to ±64, or the result. */
const tolerance = (results: HostArray): number =>
  Array.from(results).reduce((most, x) => Math.max(most, Math.abs(x)), 64) * 12 * 4 * 2 ** -23;

function expectNear(got: readonly HostArray[], want: readonly HostArray[], what: string): void {
  want.forEach((expected, i) => {
    const found = Array.from(got[i] ?? []);
    const most = tolerance(expected);
    expect(found.length, what).toBe(expected.length);
    const off = found.findIndex((x, at) => !(Math.abs(x - (expected[at] ?? NaN)) <= most));
    expect(off, `${what} ${i}: ${String(found)}, not ${Array.from(expected).join()}`).toBe(-1);
  });
}

test.each(devices)(
  "random graphs give on %s what the oracle gives: fused or not, planned for it or for a GPU, buffers shared",
  async (_, open, usual) => {
    const device = await open();
    await fc.assert(
      fc.asyncProperty(recipes(8), fc.boolean(), fc.boolean(), async (recipe, fused, asGpu) => {
        const graph = graphOf(recipe);
        const data = dataFor(graph);
        const expected = runOracle(graph, data);
        const plan = lower(graph, asGpu ? plainGpu : device.profile, { fused, share: true });
        const got = await runPlan(device, graph, plan, data);
        const text = `${printGraph(graph)}\n`;
        got.outputs.forEach((outputs, run) =>
          expectNear(outputs, expected.outputs[run] ?? [], `${text}run ${run}, output`),
        );
        expectNear(got.states, expected.states, `${text}state`);
      }),
      { ...runsOf(usual), endOnFailure: true },
    );
  },
);
