// A device that computes wrong numbers, or cannot run what a step needs, is not handed out.

import { afterEach, describe, expect, test } from "vitest";
import { DeviceError, ValueError } from "../../src/core/errors.ts";
import { openDevice } from "../../src/open/open.ts";
import type { BackendModule, Device } from "../../src/runtime/device.ts";
import { findOwnStorage, setOwnStorage, type TextStorage } from "../../src/runtime/storage.ts";
import { requestAdapter, setAdapterProvider } from "../../src/runtime/webgpu/provider.ts";
import { patient } from "../support/patient.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

async function open(options: Parameters<typeof openDevice>[0]): Promise<Device> {
  const device = await openDevice(options);
  undo.push(() => device.dispose());
  return device;
}

const fallbackTo = (device: Device) => async (): Promise<BackendModule> => ({ open: async () => device });

describe("the fallback", () => {
  test("is handed out once it gave the known answers", async () => {
    const device = patient();
    expect(await open({ backend: "gpujs", fallback: fallbackTo(device) })).toBe(device);
    expect(device.prepared).toBe(2);
  });

  test("is refused, and disposed of, where it is wrong", async () => {
    const device = patient(true);
    let disposed = 0;
    device.dispose = () => void disposed++;
    const opened = openDevice({ backend: "gpujs", fallback: fallbackTo(device) });
    await expect(opened).rejects.toThrow(DeviceError);
    await expect(opened).rejects.toThrow(/computes "arithmetic, exp, log and choice" wrong/);
    expect(disposed).toBe(1);
  });

  test("is not asked where nobody wants to know", async () => {
    const device = patient(true);
    expect(await open({ backend: "gpujs", fallback: fallbackTo(device), selfTest: false })).toBe(device);
    expect(device.prepared).toBe(0);
  });
});

let adapters = 0;

interface Broken {
  /** Pipelines that were refused. */
  refused: number;
  destroyed: number;
}

/** From here to the end of the test, an adapter that nothing knows, whose driver compiles no kernel. */
async function provideBroken(architecture: string): Promise<Broken> {
  const broken = { refused: 0, destroyed: 0 };
  const { adapter } = await requestAdapter();
  const info = { vendor: "acme", architecture, device: `${adapters++}`, description: "" };
  const fake = {
    info: { ...info, isFallbackAdapter: false },
    limits: adapter.limits,
    features: adapter.features,
    async requestDevice(descriptor: GPUDeviceDescriptor) {
      const gpu = await adapter.requestDevice(descriptor);
      const destroy = gpu.destroy.bind(gpu);
      return Object.assign(gpu, {
        createComputePipelineAsync: () => Promise.reject(new Error(`no kernel ${broken.refused++}`)),
        destroy: () => {
          broken.destroyed++;
          destroy();
        },
      });
    },
  };
  const before = setAdapterProvider(async () => ({
    adapter: fake as unknown as GPUAdapter,
    reason: "a test",
  }));
  undo.push(() => void setAdapterProvider(before));
  return broken;
}

describe("a GPU whose driver is broken", () => {
  test("is refused by name, and destroyed", async () => {
    const broken = await provideBroken("gpu");
    const opened = openDevice({ backend: "webgpu" });
    await expect(opened).rejects.toThrow(DeviceError);
    await expect(opened).rejects.toThrow(
      /^webgpu: acme gpu \d+ cannot run the self-test .*Update the driver/s,
    );
    expect(broken.refused).toBeGreaterThan(0);
    expect(broken.destroyed).toBe(1);
  });

  test("is passed over by auto, which says why", async () => {
    const broken = await provideBroken("gpu");
    const device = await open({});
    expect(device.backend).toBe("wasm");
    expect(device.reason).toMatch(/^webgpu: acme gpu \d+ cannot run the self-test .*: WebAssembly/s);
    expect(broken.destroyed).toBe(1);
  });

  test("is handed out where it passed before", async () => {
    const broken = await provideBroken("gpu");
    const storage: TextStorage = { getItem: () => "passed", setItem: () => undefined };
    const own = findOwnStorage();
    undo.push(() => setOwnStorage(() => own));
    setOwnStorage(() => storage);
    expect((await open({ backend: "webgpu" })).backend).toBe("webgpu");
    expect(broken.refused).toBe(0);
  });
});

test("auto does not test an emulated GPU that it does not take", async () => {
  const broken = await provideBroken("swiftshader");
  expect((await open({})).backend).toBe("wasm");
  expect(broken).toEqual({ refused: 0, destroyed: 1 });
});

test("auto disposes of an emulated GPU where it takes the fallback", async () => {
  const broken = await provideBroken("swiftshader");
  const { instantiate, compile, validate } = WebAssembly;
  undo.push(() => Object.assign(WebAssembly, { instantiate, compile, validate }));
  const refuse = (): never => {
    throw new WebAssembly.CompileError("no SIMD here");
  };
  Object.assign(WebAssembly, { instantiate: refuse, compile: refuse, validate: () => false });
  const device = patient();
  expect(await open({ fallback: fallbackTo(device) })).toBe(device);
  expect(broken).toEqual({ refused: 0, destroyed: 1 });
});

test("an option that is no boolean is refused", async () => {
  const opened = openDevice({ backend: "cpu", selfTest: "no" as never });
  await expect(opened).rejects.toThrow(ValueError);
  await expect(opened).rejects.toThrow("selfTest is a string. Pass true or false.");
});
