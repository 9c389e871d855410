import { describe, expect, test } from "vitest";
import { compile, compileStep } from "../../src/compile.ts";
import { tensor } from "../../src/core/host_tensor.ts";
import type { Op } from "../../src/graph/op.ts";
import { parity } from "../../src/inspect/parity.ts";
import { exp } from "../../src/ops/exp.ts";
import { matmul } from "../../src/ops/matmul.ts";
import type { Device } from "../../src/runtime/device.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "../train/networks.ts";

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

/** y = f(x) by an op of the test's own. */
const apply = (op: Op, x: Tensor, ...more: Tensor[]): Tensor => {
  const values = [x, ...more].map(({ value }) => value);
  const [y] = x.tracer.graph.emit(op, values, { transposeX: false, transposeY: false });
  if (!y) throw new Error("no output");
  return new Tensor(x.tracer, y);
};

const x = tensor([
  [0.5, -1, 2],
  [0, 1, -0.25],
]);
const w = tensor([
  [1, 0.5],
  [-1, 2],
  [0.25, 0],
]);

describe.each(devices)("on %s", (name, open) => {
  // Unfused on WebGPU it would compile a kernel for each op once more: test/ops and test/goldens see to those.
  test.each(name === "WebGPU" ? [true] : [true, false])(
    "a training step agrees with the oracle, fused %s",
    async (fused) => {
      const trainer = await trainerOf(await open());
      const set = examples(20);
      const program = await trainer.program(set);
      program.run({ rows: Uint32Array.of(3, 1, 4, 1, 5, 9, 2, 6), learningRate: 0.5 });
      const before = await trainer.params();
      const report = await parity(program, { fused });
      expect(report.ok, String(report)).toBe(true);
      expect(report.rows.length).toBeGreaterThanOrEqual(fused ? 8 : 20);
      expect(report.worst?.relativeL2).toBeLessThan(1e-6);
      expect(await trainer.params()).toEqual(before);
      await trainer.dispose();
    },
  );

  test("values that only the plan has are not compared with others of their number", async () => {
    const device = await open();
    const state = { a: upload(device, tensor([1, 2])), b: upload(device, tensor([3, 4])) };
    type S = { a: Tensor; b: Tensor };
    const step = ({ a, b }: S): [S, Tensor[]] => {
      const kept = a.mul(3);
      // Not needed, so dropped: their numbers are free again.
      const unused = [a, b, a, b].map((each) => each.exp().neg());
      return [{ a: b, b: a }, [a, b, kept].slice(0, unused.length)];
    };
    const program = await compileStep(device, step, state, {});
    program.run({});
    const report = await parity(program);
    expect(report.ok, String(report)).toBe(true);
    program.dispose();
  });
});

describe("a broken kernel", () => {
  test("an elementwise op whose WGSL is wrong fails, where it is, with the largest error", async () => {
    const wrong: Op = {
      ...exp,
      name: "wrongExp",
      map: { pointwise: true, expression: (printer) => `exp(${printer.value(0)}) + 0.001` },
    };
    const program = await compile(
      await webGpuDevice(),
      (x: Tensor) => apply(wrong, x.mul(0.5)).sum(),
      spec([2, 3]),
    );
    program.run(x);
    for (const fused of [true, false]) {
      const report = await parity(program, { fused });
      expect(report.ok).toBe(false);
      const bad = report.rows.filter(({ relativeL2 }) => relativeL2 > 1e-5);
      expect(bad[0]?.dispatch).toContain("wrongExp");
      expect(String(report)).toMatch(/FAIL #\d+ .*wrongExp/);
      if (!fused) {
        expect(report.rows[0]?.relativeL2).toBeLessThan(1e-6);
        expect(bad[0]?.maxError).toBeCloseTo(0.001, 5);
      }
    }
    program.dispose();
  });

  test("an elementwise op that gives NaN fails", async () => {
    const wrong: Op = {
      ...exp,
      name: "nanExp",
      map: { pointwise: true, expression: (printer) => `sqrt(-1.0 - abs(${printer.value(0)}))` },
    };
    const program = await compile(await webGpuDevice(), (x: Tensor) => apply(wrong, x), spec([2, 3]));
    program.run(x);
    const report = await parity(program);
    expect(report.ok).toBe(false);
    expect(report.worst?.maxError).toBe(Infinity);
    program.dispose();
  });

  test("a product with its operands' strides exchanged fails", async () => {
    const { anchor } = matmul;
    if (!anchor) throw new Error("no anchor");
    const wrong = {
      ...matmul,
      anchor: {
        ...anchor,
        template: (...args: Parameters<typeof anchor.template>) => {
          const made = anchor.template(...args);
          const params = made.params.map((param) =>
            param.name === "b_depth"
              ? { ...param, value: 1 }
              : param.name === "b_column"
                ? { ...param, value: 3 }
                : param,
          );
          return { ...made, params };
        },
      },
    };
    const program = await compile(
      await webGpuDevice(),
      (x: Tensor, w: Tensor) => apply(wrong as unknown as Op, x, w).sigmoid(),
      spec([2, 3]),
      spec([3, 2]),
    );
    program.run(x, w);
    const report = await parity(program);
    expect(report.ok).toBe(false);
    expect(report.worst?.dispatch).toContain("matmul");
    program.dispose();
  });

  test("the whole graph of a gradient is looked at, and a tolerance can be given", async () => {
    const f = (w: Tensor, x: Tensor): Tensor => x.matmul(w).sigmoid().sum();
    const program = await compile(await webGpuDevice(), valueAndGrad(f), spec([3, 2]), spec([2, 3]));
    program.run(w, x);
    expect((await parity(program)).ok).toBe(true);
    const strict = await parity(program, { tolerance: 0 });
    expect(strict.ok).toBe(strict.rows.every(({ relativeL2 }) => relativeL2 === 0));
    program.dispose();
  });
});
