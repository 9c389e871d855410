// Bytes stay bytes on the device: they become numbers as their rows are read, in whatever kernel reads them.

import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { DTypeError } from "../../src/core/errors.ts";
import { hostTensor } from "../../src/core/host_tensor.ts";
import { parity } from "../../src/inspect/parity.ts";
import type { Device } from "../../src/runtime/device.ts";
import { upload } from "../../src/runtime/device_tensor.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { valueAndGrad } from "../../src/trace/transform.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";
import { uniform } from "../support/values.ts";

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["the CPU", async () => cpuDevice],
  ["WebAssembly", wasmDevice],
  ["gpu.js", gpujsDevice],
  ["WebGPU", webGpuDevice],
];

// 35 bytes: the last word is not full.
const bytes = Uint8Array.from({ length: 35 }, (_, i) => (i * 97) % 256);
const images = hostTensor(bytes, [5, 7]);
const rows = Uint32Array.of(4, 0, 4, 2);
const picked = [...rows].flatMap((row) => [...bytes.subarray(7 * row, 7 * row + 7)]);

describe.each(devices)("on %s", (_, open) => {
  test("a tensor of bytes reads back as it was", async () => {
    const onDevice = upload(await open(), images);
    expect(onDevice.dtype).toBe("u8");
    expect((await onDevice.read()).data).toEqual(bytes);
    onDevice.dispose();
  });

  test("rows are numbers, and a factor is applied as they are read", async () => {
    const x = upload(await open(), images);
    const f = (x: Tensor, rows: Tensor): Tensor[] => [x.gather(rows), x.gather(rows).mul(0.5)];
    const program = await compile(x.device, f as never, x, spec([4], "u32"));
    program.run(undefined, rows);
    const [whole, half] = (await program.read()) as unknown as { data: Float32Array }[];
    expect([...(whole?.data ?? [])]).toEqual(picked);
    expect([...(half?.data ?? [])]).toEqual(picked.map((value) => value / 2));
    expect(String(program)).not.toContain("mul");
    program.dispose();
    x.dispose();
  });

  test("products read rows of bytes on their left, transposed or not, and make no tensor of them", async () => {
    const x = upload(await open(), images);
    const f = (w: Tensor, x: Tensor, rows: Tensor): Tensor =>
      x
        .gather(rows)
        .mul(1 / 255)
        .matmul(w)
        .sigmoid()
        .sum();
    const program = await compile(x.device, valueAndGrad(f), spec([7, 3]), x, spec([4], "u32"));
    program.run(uniform()([7, 3], 1), undefined, rows);
    const report = await parity(program);
    expect(report.ok, String(report)).toBe(true);
    const made = program.plan.dispatches.flatMap(({ writes }) => writes);
    expect(made.filter(({ shape }) => shape[1] === 7)).toEqual([]);
    program.dispose();
    x.dispose();
  });
});

test.each([
  ["transposed", (x: Tensor) => x.transpose()],
  ["added", (x: Tensor) => x.add(x)],
  ["picked", (x: Tensor) => x.pick(x.sum(-1))],
  ["a factor's", (x: Tensor) => x.mul(2)],
] as const)("bytes cannot be %s", (_, f) => {
  const specs = [{ name: "x", specs: spec([4, 4], "u8") }];
  expect(() => trace(f, specs)).toThrow(DTypeError);
});
