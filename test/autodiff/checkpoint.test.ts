// Activations computed again: what is kept, and what it costs.

import { describe, expect, test } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { ValueError } from "../../src/core/errors.ts";
import { parity } from "../../src/inspect/parity.ts";
import * as nn from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { keepActivations } from "../../src/passes/keep_activations.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { printPlan } from "../../src/plan/print.ts";
import { checkpoint } from "../../src/trace/checkpoint.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { grad } from "../../src/trace/transform.ts";
import { cpuDevice } from "../support/device.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { sigmoidLayers, stepGraph } from "../support/step_graph.ts";

import {
  byAll,
  chain,
  chainShapes,
  dataOf,
  graphOf,
  M,
  plain,
  type Args,
  type Wrap,
} from "../support/checkpoints.ts";

const phases = ({ dispatches }: Plan): string => dispatches.map(({ node }) => node.phase[0]).join("");

describe("a chain of 16 layers in 4 segments", () => {
  const shapes = chainShapes(16, 64, 32);
  const plans = (profile = plainGpu) => {
    const [kept, again] = [plain, checkpoint].map((wrap) =>
      lower(graphOf(byAll(chain(16, 4, wrap)), shapes), profile),
    );
    if (!kept || !again) throw new Error("two plans");
    return { kept, again };
  };

  test("keeps the segments' ends, and the activations of one segment at a time", () => {
    const layers = sigmoidLayers(...Array.from({ length: 17 }, () => 32));
    const optimizer = sgd({ learningRate: 1 });
    const [kept, again] = [nn.sequential(...layers), nn.checkpointSequential(4, ...layers)].map((model) =>
      lower(stepGraph(model, [32, 32], { batch: 64, optimizer }), plainGpu),
    );
    // Sixteen activations, and beside the last the error and its square; of the last segment, whose inner activations
    // are kept, four of sixteen; three ends, the three inner ones of a segment, and two cotangents.
    const activation = 64 * 32 * 4;
    expect(kept?.residuals.size).toBe(15);
    expect(kept?.memory.temporaries).toBe(17 * activation);
    expect(again?.residuals.size).toBe(6);
    expect(again?.memory.temporaries).toBe(8 * activation);
    expect(again?.recomputation?.bytesSaved).toBe(9 * activation);
  });

  test("computes three layers of each segment again, as the backward pass comes to it: its end is kept already", () => {
    const { kept, again } = plans();
    expect(phases(kept)).toMatch(/^f+b+$/);
    expect(phases(again)).toMatch(/^f+(rrrb+){4}$/);
    expect(phases(again).replaceAll("r", "")).toBe(phases(kept));
  });

  test("has no kernel that the step without checkpoints lacks", () => {
    const { kept, again } = plans(plainSoftware);
    const texts = ({ dispatches }: Plan) =>
      new Set(dispatches.map(({ kernel }) => JSON.stringify([kernel.shader.name, kernel.slots])));
    expect(texts(again)).toEqual(texts(kept));
  });

  test("and the plan says what it saves and costs", () => {
    const { kept, again } = plans();
    const flops = (plan: Plan) => plan.dispatches.reduce((sum, { kernel }) => sum + kernel.flops, 0);
    expect(kept.recomputation).toBeUndefined();
    expect(again.recomputation).toEqual({
      dispatches: again.dispatches.flatMap(({ node }, i) => (node.phase === "recompute" ? [i] : [])),
      bytesSaved: kept.memory.temporaries - again.memory.temporaries,
      flopsAdded: flops(again) - flops(kept),
    });
    expect(again.recomputation?.flopsAdded).toBe(12 * 2 * 64 * 32 * 32);
    expect(printPlan(again).split("\n")[1]).toMatch(
      /^checkpoints: 12 dispatches recompute; temporaries take [\d.]+ KiB less, a run 1\.6 MFLOP more$/,
    );
  });

  test("without the checkpoints it is the plan of the plain function, to the letter", () => {
    const marked = keepActivations(graphOf(byAll(chain(16, 4, checkpoint)), shapes));
    expect(printPlan(lower(marked, plainGpu))).toBe(printPlan(plans().kept));
  });
});

test("maps are computed again in the backward kernels that read them", () => {
  const [kept, again] = [plain, checkpoint].map((wrap) => {
    const swish = wrap((z: Tensor) => z.tanh().mul(z.sigmoid()));
    const f = (w: Tensor, v: Tensor, x: Tensor) => swish(x.matmul(w)).matmul(v).square().sum();
    return lower(graphOf(byAll(f), [M, M, M]), plainGpu);
  });
  // What the segment reads and gives, but neither tanh nor sigmoid.
  expect([kept?.residuals.size, again?.residuals.size]).toEqual([3, 2]);
  expect(again?.dispatches.length).toBe(kept?.dispatches.length);
  expect(again && printPlan(again)).toMatch(/backward +matmul·↻tanh·↻sigmoid·/);
});

test("segments within segments keep less", () => {
  const nested = (inner: Wrap) => (w: Tensor, x: Tensor) => {
    const two = inner((z: Tensor) => z.matmul(w).sigmoid().matmul(w).sigmoid());
    const eight = checkpoint((z: Tensor) => two(two(two(two(z)))));
    return eight(eight(x)).square().sum();
  };
  const shapes: Args = [
    [8, 8],
    [64, 8],
  ];
  const [flat, deep] = [plain, checkpoint].map((inner) =>
    lower(
      graphOf((w, x) => grad(nested(inner))(w, x), shapes),
      plainGpu,
    ),
  );
  // Of the eight layers of a segment seven again, and of each two in it one more; at the end of the first, all is at hand.
  expect([flat, deep].map((plan) => plan?.recomputation?.dispatches.length)).toEqual([14, 20]);
  const saved = (plan?: Plan) => plan?.recomputation?.bytesSaved ?? 0;
  expect(saved(deep)).toBeGreaterThanOrEqual(saved(flat) + 2 * 64 * 8 * 4);
});

test("a gradient of a gradient keeps no inner value of the first one's backward pass either", () => {
  const shapes = chainShapes(9, 512, 8);
  const plans = [plain, checkpoint].map((wrap) => {
    const first = (ws: readonly Tensor[], x: Tensor) => chain(9, 3, wrap)(...ws, x);
    const norm = (ws: readonly Tensor[], x: Tensor) =>
      grad(first)(ws, x).reduce((sum, g) => sum.add(g.square().sum()), x.sum());
    const second = (...args: Tensor[]) => grad(norm)(args.slice(0, -1), args.at(-1) as Tensor);
    return lower(graphOf(second, shapes), plainGpu);
  });
  const [kept, again] = plans.map(({ memory }) => memory.temporaries);
  expect(again).toBeLessThan(0.7 * (kept ?? 0));
});

test("parity sees what is computed again, too", async () => {
  const shapes = chainShapes(4, 8, 8);
  const specs = shapes.map((shape) => spec(shape));
  const program = await compile(cpuDevice, byAll(chain(4, 2, checkpoint)) as never, ...specs);
  program.run(...dataOf(shapes));
  const { ok, rows } = await parity(program);
  expect(ok).toBe(true);
  expect(rows).toHaveLength(program.plan.dispatches.flatMap(({ writes }) => writes).length);
  program.dispose();
});

test("a function without arguments that are tensors is refused", () => {
  const f = (x: Tensor) => checkpoint(() => x.exp())();
  expect(() => graphOf(f as never, [M])).toThrow(ValueError);
  expect(() => graphOf(f as never, [M])).toThrow("checkpoint: no argument has a tensor. Pass what");
});
