// What `openDevice()` opens where nobody names a back end, and why.

import { afterEach, describe, expect, test } from "vitest";
import { DeviceError } from "../../src/core/errors.ts";
import { openDevice } from "../../src/open/open.ts";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import type { BackendModule, Device } from "../../src/runtime/device.ts";
import { setAdapterProvider, type AdapterProvider } from "../../src/runtime/webgpu/provider.ts";

let original: AdapterProvider | undefined;
/** From here to the end of the test. */
function provide(provider: AdapterProvider): void {
  const before = setAdapterProvider(provider);
  original ??= before;
}
const opened: Device[] = [];
async function open(options: Parameters<typeof openDevice>[0] = {}): Promise<Device> {
  const device = await openDevice(options);
  opened.push(device);
  return device;
}
afterEach(() => {
  if (original) setAdapterProvider(original);
  original = undefined;
  for (const device of opened.splice(0)) device.dispose();
});

const none: AdapterProvider = async () => {
  throw new DeviceError("webgpu: there is none here.");
};
const own = setAdapterProvider(none);
setAdapterProvider(own);
/** What the tests' own adapter would be, were it a GPU, and were its devices such. */
const asGpu =
  (spoil: (device: GPUDevice) => void = () => undefined): AdapterProvider =>
  async () => {
    const { adapter } = await own();
    const info = {
      vendor: "acme",
      architecture: "gpu",
      device: "",
      description: "",
      isFallbackAdapter: false,
    };
    const fake = {
      info,
      limits: adapter.limits,
      features: adapter.features,
      async requestDevice(descriptor: GPUDeviceDescriptor) {
        const device = await adapter.requestDevice(descriptor);
        spoil(device);
        return device;
      },
    };
    return { adapter: fake as unknown as GPUAdapter, reason: "a test says that it is a GPU" };
  };

/** A fallback that runs by the references. */
const fallback = async (): Promise<BackendModule> => ({ open: async (reason) => new CpuDevice(reason) });
const noFallback = async (): Promise<BackendModule> => ({
  open: async () => {
    throw new DeviceError("gpujs: it is not there.");
  },
});

describe("auto", () => {
  test("takes a GPU, which small steps are measured against WebAssembly", async () => {
    provide(asGpu());
    const device = await open({ selfTest: false });
    expect([device.backend, device.profile.kind]).toEqual(["webgpu", "gpu"]);
    expect(device.reason).toBe("a test says that it is a GPU: acme gpu");
    expect(device.rivals?.map(({ most }) => most)).toEqual([1e8]);
    const rival = await device.rivals?.[0]?.open();
    expect(rival?.backend).toBe("wasm");
    rival?.dispose();
  });

  test("by name, there are no rivals", async () => {
    provide(asGpu());
    expect((await open({ backend: "webgpu", fallback, selfTest: false })).rivals).toBeUndefined();
    expect((await open({ backend: "wasm", fallback })).rivals).toBeUndefined();
  });

  test("passes over a GPU that fails the self-test, and says so", async () => {
    const spoiled = asGpu((device) => {
      device.createShaderModule = () => {
        throw new Error("no such instruction");
      };
    });
    provide(spoiled);
    const device = await open();
    expect(device.backend).toBe("wasm");
    expect(device.reason).toMatch(
      /^webgpu: acme gpu cannot run the self-test \(.*no such instruction.*\)\. .*: WebAssembly/,
    );
    await expect(openDevice({ backend: "webgpu" })).rejects.toThrow(
      /^webgpu: acme gpu cannot run the self-test/,
    );
    expect((await open({ backend: "webgpu", selfTest: false })).backend).toBe("webgpu");
  });

  test("computes in WebAssembly where WebGPU has no GPU, and says so", async () => {
    const device = await open();
    expect(device.backend).toBe("wasm");
    expect(device.reason).toMatch(/^WebGPU has no GPU here \(.+\): WebAssembly with (relaxed )?SIMD/);
    expect(device.rivals).toBeUndefined();
  });

  test("computes in WebAssembly where there is no WebGPU, and says so", async () => {
    provide(none);
    const device = await open();
    expect(device.backend).toBe("wasm");
    expect(device.reason).toMatch(/^webgpu: there is none here: WebAssembly/);
  });

  test("a fallback is a rival of WebAssembly", async () => {
    provide(none);
    const device = await open({ fallback });
    expect(device.backend).toBe("wasm");
    expect(device.rivals?.map(({ most }) => most)).toEqual([Infinity]);
    expect((await device.rivals?.[0]?.open())?.reason).toBe("the fallback");
  });

  describe("without WebAssembly", () => {
    const { instantiate, compile, validate } = WebAssembly;
    const refuse = (): never => {
      throw new WebAssembly.CompileError("no SIMD here");
    };
    const without = (): void => {
      Object.assign(WebAssembly, { instantiate: refuse, compile: refuse, validate: () => false });
    };
    afterEach(() => {
      Object.assign(WebAssembly, { instantiate, compile, validate });
    });

    test("takes the fallback", async () => {
      provide(none);
      without();
      const device = await open({ fallback });
      expect(device.backend).toBe("cpu");
      expect(device.reason).toMatch(/^webgpu: there is none here; wasm: this engine/);
    });

    test("an emulated GPU, where there is no fallback", async () => {
      without();
      const device = await open({ fallback: noFallback, selfTest: false });
      expect([device.backend, device.profile.kind]).toEqual(["webgpu", "software"]);
    });

    test("the reference, where there is nothing else, with all that was tried", async () => {
      provide(none);
      without();
      const device = await open({ fallback: noFallback });
      expect(device.backend).toBe("cpu");
      expect(device.reason).toMatch(/^webgpu: .*; wasm: .*; gpujs: it is not there$/);
    });
  });

  test("what is no DeviceError is thrown", async () => {
    provide(async () => {
      throw new RangeError("a bug");
    });
    await expect(openDevice()).rejects.toThrow("a bug");
  });
});
