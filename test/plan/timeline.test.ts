// Which values are in memory when: the data of a chart.

import fc from "fast-check";
import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { checkpointSequential } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { printPlan } from "../../src/plan/print.ts";
import { memoryTimeline } from "../../src/plan/timeline.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { plainGpu } from "../support/profiles.ts";
import { sigmoidLayers, sigmoidNetwork, stepGraph } from "../support/step_graph.ts";
import { graphOf, recipes } from "./random_graph.ts";

test("a chain of three kernels, the second in place", () => {
  const { graph } = trace(
    (x: Tensor, w: Tensor) => x.matmul(w).tanh().matmul(w),
    [
      { name: "x", specs: spec([8, 4]) },
      { name: "w", specs: spec([4, 4]) },
    ],
  );
  const timeline = memoryTimeline(lower(graph, plainGpu, { fused: false }));
  expect(timeline).toEqual({
    values: [
      { name: "x", kind: "batch", buffer: 0, bytes: 128, from: 0, to: 2 },
      { name: "w", kind: "batch", buffer: 1, bytes: 64, from: 0, to: 2 },
      { name: "%0", kind: "temporary", buffer: 2, bytes: 128, from: 0, to: 0 },
      { name: "%1", kind: "temporary", buffer: 2, bytes: 128, from: 1, to: 2 },
      { name: "%2", kind: "output", buffer: 3, bytes: 128, from: 2, to: 2 },
    ],
    dispatches: [
      { name: "#0 matmul", phase: "forward", live: 320 },
      { name: "#1 tanh", phase: "forward", live: 320 },
      { name: "#2 matmul", phase: "forward", live: 448 },
    ],
    peak: 448,
  });
});

test("a training step: what is kept, what is computed again, and what belongs to the state", () => {
  const model = checkpointSequential(2, ...sigmoidLayers(8, 8, 8, 8, 8));
  const optimizer = sgd({ learningRate: 1 });
  const plan = lower(stepGraph(model, [8, 8], { batch: 16, optimizer }), plainGpu);
  const { values, dispatches, peak } = memoryTimeline(plan);
  const kinds = (kind: string) => values.filter((value) => value.kind === kind);
  expect(kinds("state").map(({ name }) => name)).toContain("params.0.weight");
  expect(kinds("resident").map(({ name }) => name)).toEqual(["x", "y"]);
  expect([...kinds("batch"), ...kinds("hyper")].map(({ name }) => name)).toEqual(["rows", "learningRate"]);
  // The first segment's end, and in the second what its own derivatives read; of the first, one activation again.
  expect(kinds("kept")).toHaveLength(2);
  expect(kinds("recomputed")).toHaveLength(1);
  const [again] = kinds("recomputed");
  expect(dispatches[again?.from ?? -1]?.phase).toBe("recompute");
  expect(peak).toBe(Math.max(...dispatches.map(({ live }) => live)));
  expect(peak).toBeLessThanOrEqual(plan.memory.inputs + plan.memory.temporaries);
  expect(peak).toBeGreaterThan(plan.memory.inputs);
});

test("the peak of a deep net is what its buffers take: none is larger than what it holds", () => {
  const network = sigmoidNetwork(256, 512, 512, 512, 10);
  const graph = stepGraph(network, [256, 10], { batch: 256, optimizer: sgd({ learningRate: 1 }) });
  const plan = lower(graph, plainGpu);
  expect(memoryTimeline(plan).peak).toBe(plan.memory.inputs + plan.memory.temporaries);
});

test("whatever the graph: no two values in one buffer at a time, and none is read after its end", () => {
  fc.assert(
    fc.property(recipes(), fc.boolean(), fc.boolean(), (recipe, fused, share) => {
      const plan = lower(graphOf(recipe), plainGpu, { fused, share });
      const { values, peak } = memoryTimeline(plan);
      const text = printPlan(plan);
      for (const { name, kind, bytes, buffer, from, to } of values) {
        if (kind === "output") expect(to).toBe(plan.dispatches.length - 1);
        const { byteLength = 0, name: place, role } = plan.buffers[buffer] ?? {};
        expect(bytes).toBeLessThanOrEqual(byteLength);
        expect(from).toBeLessThanOrEqual(to);
        if (role === "temporary") expect(text).toContain(` in ${place}`);
        if (role === "temporary") expect(text).toContain(`${name}: `);
        for (const other of values)
          if (other.buffer === buffer && other.name !== name)
            expect(other.to < from || to < other.from).toBe(true);
      }
      const holder = (buffer: number, at: number) =>
        values.find((value) => value.buffer === buffer && value.from <= at && at <= value.to);
      plan.dispatches.forEach(({ reads, writes }, at) => {
        for (const value of reads) {
          const buffer = plan.place.get(value.id) ?? -1;
          const replaced = writes.some(({ id }) => plan.inPlace.has(id) && plan.place.get(id) === buffer);
          expect(holder(buffer, replaced ? at - 1 : at), text).toBeDefined();
        }
      });
      expect(peak).toBeLessThanOrEqual(plan.memory.inputs + plan.memory.temporaries);
    }),
    { numRuns: Number(import.meta.env["VITE_PROPERTY_RUNS"] ?? 200) },
  );
});
