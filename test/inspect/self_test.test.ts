import { describe, expect, test } from "vitest";
import { selfTest } from "../../src/inspect/self_test.ts";
import { cpuDevice, gpujsDevice, wasmDevice, webGpuDevice } from "../support/device.ts";

describe.each([
  ["cpu", async () => cpuDevice],
  ["wasm", wasmDevice],
  ["webgpu", webGpuDevice],
  ["gpu.js", gpujsDevice],
] as const)("%s", (_, open) => {
  test("every kernel gives what is known, and a training step leaves the state that is known", async () => {
    const report = await selfTest(await open());
    expect(report.ok, String(report)).toBe(true);
    expect(report.rows.length).toBeGreaterThan(30);
    // Nothing is compared with nothing.
    for (const { name, scale, expected } of report.rows) {
      expect(scale, name).toBeGreaterThan(0);
      expect(expected, name).toBeTypeOf("number");
    }
  });
});
