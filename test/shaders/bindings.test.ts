// What the files declare is what the ops bind: the uniform's fields, the anchor's own operands, then the default outputs.

import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { textOf } from "../../src/graph/kernel.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { at } from "../../src/ops/define.ts";
import type { Shape } from "../../src/core/shape.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { declaredIn, fieldsOf, shaderFiles, splitSlot } from "../support/wgsl.ts";

type Example = readonly [
  file: string,
  f: (x: Tensor, y: Tensor) => Tensor,
  shapes: readonly Shape[],
  profile: Profile,
];

/** An op on its own, whose kernel is this file. */
const examples: readonly Example[] = [
  [
    "matmul",
    (x, y) => x.matmul(y),
    [
      [5, 6],
      [6, 7],
    ],
    plainSoftware,
  ],
  [
    "matmul_tiled",
    (x, y) => x.matmul(y),
    [
      [128, 16],
      [16, 128],
    ],
    plainGpu,
  ],
  ["reduce", (x) => x.sum(1), [[300, 3]], plainGpu],
  ["elementwise", (x) => x.exp(), [[5]], plainGpu],
  ["sigmoid", (x) => x.sigmoid(), [[5]], plainGpu],
];

const own = (file: string): string => shaderFiles.get(`${file}.wgsl`) ?? "";

describe.each(examples)("%s.wgsl", (file, f, shapes, profile) => {
  const specs = shapes.map((shape, i) => ({ name: `x${i}`, specs: spec(shape) }));
  const plan = lower(trace(f, specs).graph, profile);
  const { kernel, node } = at(plan.dispatches, 0);
  const { inside, outside } = splitSlot(own(file), "bindings");

  test("it is the op's kernel, as it lies on disk", async () => {
    expect(plan.dispatches.length).toBe(1);
    expect(kernel.shader.name).toBe(file);
    expect(await textOf(kernel.shader)).toBe(own(file));
  });

  test("outside the slot it declares the uniform and the op's own operands, in order", () => {
    const operands = node.op.anchor?.template(node, [node], profile).operands ?? [];
    expect(declaredIn(outside)).toEqual([
      { binding: 0, access: "uniform", name: "params" },
      ...operands.map(({ name }, i) => ({ binding: i + 1, access: "read", name })),
    ]);
    expect(kernel.bindings.slice(0, operands.length).map(({ name, access }) => ({ name, access }))).toEqual(
      operands.map(({ name }) => ({ name, access: "read" })),
    );
  });

  test("with the slot it declares what the op alone reads and writes", () => {
    const declared = declaredIn(own(file)).slice(1);
    expect(declared.map(({ binding }) => binding)).toEqual(declared.map((_, i) => i + 1));
    expect(declared.map(({ access }) => access)).toEqual(kernel.bindings.map(({ access }) => access));
    expect(declared.map(({ access }) => access)).toEqual([...shapes.map(() => "read"), "read_write"]);
    expect(declaredIn(inside).length).toBeGreaterThan(0);
  });

  test("the uniform has the op's parameters, in order", () => {
    const fixed = kernel.params.filter(({ name }) => !/^f\d+$/.test(name));
    expect(fieldsOf(own(file))).toEqual(fixed.map(({ name, type }) => [name, type]));
  });
});

test("the kernels of state and of cotangents bind what their functions take", () => {
  const of = (file: string) => declaredIn(own(file)).map(({ access, name }) => `${access} ${name}`);
  expect(of("sgd")).toEqual(["uniform params", "read_write w", "read gradient", "read learning_rate"]);
  expect(of("sigmoid_backward").filter((line) => line.startsWith("read ")).length).toBe(2);
  expect(of("sigmoid_backward").filter((line) => line.startsWith("read_write ")).length).toBe(1);
});

test("every file outside lib/ is checked", () => {
  const files = [...shaderFiles.keys()].filter((file) => !file.startsWith("lib/"));
  const checked = [...examples.map(([file]) => file), "sgd", "sigmoid_backward"].map(
    (file) => `${file}.wgsl`,
  );
  expect([...files].sort()).toEqual([...checked].sort());
});
