import { beforeEach, expect, test, vi } from "vitest";
import type { Contender } from "../../bench/contender.ts";
import { withEmptyDispatches } from "../../bench/cost.ts";
import { countCalls } from "../../bench/count.ts";
import { MemoryMeter } from "../../bench/memory.ts";
import { webgl } from "../../bench/webgl.ts";
import { webgpu } from "../../bench/webgpu.ts";
import { FakeDevice, FakeEncoder, FakePass, FakeQueue, useFakeGpu } from "./fake_gpu.ts";

beforeEach(useFakeGpu);

/** Three dispatches a step, made when the loss is read, as jax-js does; reading makes a buffer and a submission. */
function lazyContender(): Contender {
  let queued = 0;
  return {
    step: () => {
      queued++;
    },
    async loss() {
      for (; queued > 0; queued--) {
        const pass = new FakeEncoder().beginComputePass();
        for (let i = 0; i < 3; i++) pass.dispatchWorkgroups(1);
        new FakeQueue().submit();
      }
      new FakeDevice().createBuffer({ size: 4 });
      new FakeQueue().submit();
      return 0;
    },
    weights: async () => [],
    dispose: async () => {},
  };
}

test("calls are counted for a step, without those of the reading, also where they come late", async () => {
  expect(await countCalls(lazyContender(), webgpu, 2)).toEqual({
    dispatches: 3,
    passes: 1,
    submits: 1,
    writes: 0,
    buffers: 0,
    bindGroups: 0,
  });
});

test("dispatches are empty for a while, then as they were", async () => {
  const pass = new FakePass();
  await withEmptyDispatches(webgpu, async () => pass.dispatchWorkgroups(7, 8));
  await expect(withEmptyDispatches(webgpu, () => Promise.reject(new Error("lost")))).rejects.toThrow("lost");
  pass.dispatchWorkgroups(9);
  expect(pass.grids).toEqual([[0], [9]]);
});

test("memory is charged to whose turn it was, until it is destroyed", async () => {
  const device = new FakeDevice();
  const [mine, yours] = [new MemoryMeter(), new MemoryMeter()];
  const first = await mine.during(webgpu, async () => device.createBuffer({ size: 100 }));
  await yours.during(webgpu, async () => {
    device.createBuffer({ size: 8 });
    first.destroy();
    first.destroy();
  });
  device.createBuffer({ size: 1000 });
  await mine.during(webgpu, async () => device.createBuffer({ size: 30 }));
  expect([mine.peak, mine.live]).toEqual([100, 30]);
  expect([yours.peak, yours.live]).toEqual([8, 8]);
});

/** As much of WebGL 2 as the benchmark puts hooks on. */
class FakeWebGl {
  readonly TEXTURE_BINDING_2D = 1;
  readonly draws: unknown[][] = [];
  bound: object | null = null;
  getParameter(): object | null {
    return this.bound;
  }
  createTexture(): object {
    return {};
  }
  texStorage2D(..._given: readonly number[]): void {}
  texImage2D(..._given: readonly number[]): void {}
  texSubImage2D(): void {}
  deleteTexture(_texture: object): void {}
  drawElements(...args: unknown[]): void {
    this.draws.push(args);
  }
}

test("WebGL is watched too: a draw is a dispatch, a texture a buffer", async () => {
  vi.stubGlobal("WebGL2RenderingContext", FakeWebGl);
  const context = new FakeWebGl();
  const meter = new MemoryMeter();
  const contender: Contender = {
    step: () => {
      context.drawElements(4, 6, 5123, 0);
      context.texSubImage2D();
    },
    loss: async () => 0,
    weights: async () => [],
    dispose: async () => {},
  };
  expect(await countCalls(contender, webgl, 2)).toEqual({ dispatches: 1, writes: 1, buffers: 0 });
  const before = context.draws.length;
  await withEmptyDispatches(webgl, async () => contender.step());
  expect(context.draws.slice(before)).toEqual([[4, 0, 5123, 0]]);

  const RGBA32F = 0x8814;
  await meter.during(webgl, async () => {
    const texture = {};
    context.bound = texture;
    context.texStorage2D(3553, 1, RGBA32F, 5, 3);
    context.texImage2D(3553, 0, RGBA32F, 2, 2);
    context.bound = {};
    context.texStorage2D(3553, 1, 0x822e, 10, 1);
    context.deleteTexture(texture);
    expect(() => context.texStorage2D(3553, 1, 7, 1, 1)).toThrow(/format 7/);
  });
  expect([meter.peak, meter.live]).toEqual([5 * 3 * 16, 10 * 4]);
});
