// The kernels of steps with clipping and with accumulation: 3-4-2 sigmoid units, batches of 4 of 8.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { zeros } from "../../src/core/host_tensor.ts";
import { Random } from "../../src/core/random.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import { textbookNetwork } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { formatOps } from "../../src/graph/print.ts";
import { trainStep, type StepOptions } from "../../src/train/step.ts";
import { hyper, resident, spec, traceStep } from "../../src/trace/trace.ts";
import { plainGpu } from "../support/profiles.ts";

const model = textbookNetwork(3, 4, 2);
const params = model.init(new Random(0));
const data = { x: resident([8, 3]), y: resident([8, 2]), rows: spec([4], "u32"), learningRate: hyper() };

/** What each kernel does, and the states that it writes. */
function kernelsOf(options: StepOptions, accumulates = false, profile = plainGpu): string[] {
  const state = { params, layers: {}, slots: {}, ring: zeros([128, 1]), step: zeros([], "u32") };
  const sums = accumulates ? { sums: params } : {};
  const group = accumulates ? { group: { carry: spec([], "bool", "hyper"), examples: hyper() } } : {};
  const step = trainStep(model, halfSquaredError, sgd({ learningRate: 1 }), options);
  const specs = { ...data, ...group };
  const { graph } = traceStep(step, { ...state, ...sums } as never, [{ name: "", specs }]);
  const { dispatches, buffers, place } = lower(graph, profile);
  return dispatches.map(({ node, writes }) => {
    const written = writes.flatMap(({ id }) => buffers[place.get(id) ?? -1] ?? []);
    const states = written.filter(({ role }) => role === "state").map(({ name }) => name);
    return [formatOps(node), ...(states.length ? ["→", ...states] : [])].join(" ");
  });
}

test("clipping: no update in the kernel of its gradient, since the norm needs all gradients first", () => {
  expect(kernelsOf({ clipNorm: 1 })).toMatchInlineSnapshot(`
    [
      "gather·matmul·sub·sigmoid",
      "matmul·sub·sigmoid·gather·sub·square·mul·sigmoidBackward",
      "sum·mul·record → ring step",
      "sum·neg·matmul",
      "matmul·sigmoidBackward",
      "gather·sum·neg·matmul",
      "square·sum·square·add",
      "square·sum·square·add",
      "sum",
      "sum·add·sqrt·compare·where·div·sgd → params.2.threshold",
      "div·div·div·sgd·sgd·sgd → params.0.weight params.0.threshold params.2.weight",
    ]
  `);
});

test("a batch whose gradients are added up: in the kernels that make them, and nothing is updated", () => {
  expect(kernelsOf({ updates: false }, true)).toMatchInlineSnapshot(`
    [
      "gather·matmul·sub·sigmoid",
      "matmul·sub·sigmoid·gather·sub·square·mul·sigmoidBackward",
      "sum·mul·record → ring step",
      "sum·neg·matmul·mul·add·where·mul·add·where → sums.2.weight sums.2.threshold",
      "matmul·sigmoidBackward",
      "gather·sum·neg·matmul·mul·add·where·mul·add·where → sums.0.weight sums.0.threshold",
    ]
  `);
});

test("the last batch of a group: updates are in the kernels of the gradients as far as eight storage buffers reach", () => {
  expect(kernelsOf({}, true)).toMatchInlineSnapshot(`
    [
      "gather·matmul·sub·sigmoid",
      "matmul·sub·sigmoid·gather·sub·square·mul·sigmoidBackward",
      "sum·mul·record → ring step",
      "sum·neg·matmul·mul·add·where·mul·add·where·div·div",
      "matmul·sigmoidBackward",
      "sgd·sgd → params.2.weight params.2.threshold",
      "gather·sum·neg·matmul·mul·add·where·mul·add·where",
      "div·div·sgd·sgd → params.0.threshold params.0.weight",
    ]
  `);
});

test("with ten storage buffers, all of them are", () => {
  const limits = { ...plainGpu.limits, maxStorageBuffersPerShaderStage: 10 };
  expect(kernelsOf({}, true, { ...plainGpu, limits })).toHaveLength(6);
});

test("both", () => {
  expect(kernelsOf({ clipNorm: 1 }, true)).toMatchInlineSnapshot(`
    [
      "gather·matmul·sub·sigmoid",
      "matmul·sub·sigmoid·gather·sub·square·mul·sigmoidBackward",
      "sum·mul·record → ring step",
      "sum·neg·matmul·mul·add·where·mul·add·where·div·div",
      "matmul·sigmoidBackward",
      "gather·sum·neg·matmul·mul·add·where·mul·div",
      "add·where·div·square·sum·square·add",
      "square·sum·square·add",
      "sum",
      "sum·add·sqrt·compare·where·div·sgd → params.2.threshold",
      "div·div·div·sgd·sgd·sgd → params.0.weight params.0.threshold params.2.weight",
    ]
  `);
});
