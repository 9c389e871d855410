// Kernels that are measured, on a device whose times are known.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import manifest from "../../package.json";
import { compile } from "../../src/compile.ts";
import { version } from "../../src/core/version.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { profile } from "../../src/inspect/profile.ts";
import { autotune } from "../../src/runtime/tune/autotune.ts";
import type { TextStorage } from "../../src/runtime/storage.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { timedDevice, type Rule, type TimedDevice } from "../support/timed_device.ts";

const KEY = `chainrule ${version} kernels an emulated GPU software`;

interface Shelf extends TextStorage {
  readonly items: Map<string, string>;
}

function shelf(items: Record<string, string> = {}): Shelf {
  const map = new Map(Object.entries(items));
  return {
    items: map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
  };
}

/** A run takes what is said of tiles of such sides; of others, and of kernels of maps, 2 ms. */
const taking =
  (milliseconds: Readonly<Record<string, number>>): Rule =>
  ({ kernel: { constants } }) =>
    milliseconds[`${constants["TM"]}×${constants["TN"]}`] ?? 2;

function tunedDevice(
  rule: Rule,
  storage: TextStorage = shelf(),
  profile: Profile = plainSoftware,
): TimedDevice {
  const device = timedDevice(profile, rule);
  device.tuner = autotune({ storage }).tunerFor(device);
  return device;
}

const product = (x: Tensor, y: Tensor): Tensor => x.matmul(y);
const layer = (x: Tensor, y: Tensor): Tensor => x.matmul(y).sigmoid();

/** The tile of the only dispatch of a (64,64)·(64,64) product. */
async function tileOf(device: TimedDevice, f = product): Promise<string> {
  using program = await compile(device, f, spec([64, 64]), spec([64, 64]));
  const [dispatch, ...more] = program.plan.dispatches;
  expect(more).toEqual([]);
  const { TM, TN } = dispatch?.kernel.constants ?? {};
  return `${TM}×${TN}`;
}

let warned: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  warned.mockRestore();
});

test("the version is the package's", () => {
  expect(version).toBe(manifest.version);
});

test("the fastest kernel is taken and written down, and its program has the kernel to begin with", async () => {
  const storage = shelf();
  const device = tunedDevice(taking({ "8×8": 1.5, "8×4": 1, "4×8": 1.4 }), storage);
  using program = await compile(device, layer, spec([64, 64]), spec([64, 64]));
  const [dispatch] = program.plan.dispatches;
  expect(dispatch?.kernel.constants).toMatchObject({ TM: 8, TN: 4 });
  expect(dispatch?.quick).toBeDefined();
  expect(program.plan.profile.tuned).toEqual({
    "64×64×64 NN ×1": { family: "direct", wx: 4, wy: 1, tm: 8, tn: 4, quad: false },
  });
  expect([...storage.items]).toEqual([[KEY, '{"64×64×64 NN ×1":"direct 4×1 8×4"}']]);
  // What is measured is the kernel as the program has it, the activation too.
  expect(new Set(device.timed.map(({ kernel }) => `${kernel.slots["store"]}`.includes("sigmoid")))).toEqual(
    new Set([true]),
  );
  const [last, ...measured] = [...device.prepared].reverse();
  expect(last).toBe(program.plan);
  expect(measured.flatMap(({ dispatches }) => dispatches.map(({ quick }) => quick))).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
  // The program's three buffers are left.
  expect(device.kept.size).toBe(3);
  expect(warned).not.toHaveBeenCalled();
});

test("what inspects a program runs its kernels, not those of the rules", async () => {
  const device = tunedDevice(taking({ "8×4": 1 }));
  using program = await compile(device, product, spec([64, 64]), spec([64, 64]));
  await profile(program, { rounds: 1, ceilings: false });
  expect(device.timed.at(-1)?.kernel.constants).toMatchObject({ TM: 8, TN: 4 });
});

test("what is a little faster is noise: the rules' kernel stays", async () => {
  expect(await tileOf(tunedDevice(taking({ "16×8": 2, "8×8": 1.85 })))).toBe("16×8");
  expect(await tileOf(tunedDevice(taking({ "16×8": 2, "8×8": 1.75 })))).toBe("8×8");
});

test.each(["8×4", "16×8"])("slow runs of %s, a few, do not decide", async (slow) => {
  let runs = 0;
  const device = tunedDevice((dispatch, plan) => {
    const { TM, TN } = dispatch.kernel.constants;
    const time = taking({ "8×4": 1 })(dispatch, plan);
    return `${TM}×${TN}` === slow && [4, 5, 10, 11, 12].includes(++runs) ? 10 * time : time;
  });
  expect(await tileOf(device)).toBe("8×4");
});

test("a machine that gets slower and slower makes nothing look better", async () => {
  let slower = 1;
  const device = tunedDevice((dispatch, plan) => (slower *= 1.02) * taking({ "8×4": 1 })(dispatch, plan));
  expect(await tileOf(device)).toBe("8×4");
  expect(await tileOf(tunedDevice(() => (slower *= 0.98)))).toBe("16×8");
});

test("of several that are equally better, the first; what is hopeless is not timed for long", async () => {
  const times = { "16×8": 9, "8×8": 1, "16×4": 1, "8×4": 1, "4×8": 1, "4×4": 9 };
  const device = tunedDevice(taking(times));
  expect(await tileOf(device)).toBe("8×8");
  const runsOf = (rows: number, columns: number): number =>
    device.timed.filter(
      ({ kernel: { constants } }) => constants["TM"] === rows && constants["TN"] === columns,
    ).length;
  expect(runsOf(4, 4)).toBe(1 + 5);
  expect(runsOf(8, 4)).toBe(1 + 15);
});

test("a product is measured once a device, however many programs are compiled at once", async () => {
  const one = tunedDevice(taking({ "8×4": 1 }));
  await tileOf(one);
  const device = tunedDevice(taking({ "8×4": 1 }));
  expect(await Promise.all([tileOf(device), tileOf(device, layer)])).toEqual(["8×4", "8×4"]);
  expect(await tileOf(device)).toBe("8×4");
  expect(device.timed.length).toBe(one.timed.length);
  (await compile(device, product, spec([64, 64]), spec([64, 32]))).dispose();
  expect(device.timed.length).toBeGreaterThan(one.timed.length);
});

test("what is stored is not measured: by adapter, kind and version", async () => {
  const storage = shelf();
  await tileOf(tunedDevice(taking({ "8×4": 1 }), storage));
  const again = tunedDevice(taking({ "4×4": 1 }), storage);
  expect(await tileOf(again)).toBe("8×4");
  expect(again.timed).toEqual([]);
  for (const profile of [
    { ...plainSoftware, name: "another" },
    { ...plainSoftware, subgroups: true },
    { ...plainGpu, name: plainSoftware.name },
  ]) {
    const other = tunedDevice(taking({ "4×4": 1 }), storage, profile);
    expect(await tileOf(other)).toBe("4×4");
    expect(other.timed.length).toBeGreaterThan(0);
  }
  expect(storage.items.size).toBe(4);
});

test("storage may be another page's too, and answer later", async () => {
  const slow: Shelf = { ...shelf() };
  const storage: TextStorage = {
    getItem: async (key) => slow.getItem(key),
    setItem: async (key, value) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await slow.setItem(key, value);
    },
  };
  const device = tunedDevice(taking({ "8×4": 1 }), storage);
  await tileOf(device);
  slow.items.set(KEY, '{"1×1×1 NN ×1":"direct 4×1 1×1"}');
  (await compile(device, product, spec([64, 64]), spec([64, 32]))).dispose();
  expect(JSON.parse(slow.items.get(KEY) ?? "")).toEqual({
    "1×1×1 NN ×1": "direct 4×1 1×1",
    "64×32×64 NN ×1": "direct 4×1 8×4",
  });
});

const throws = (): never => {
  throw new Error("denied");
};

test.each([
  ["throws when read", { ...shelf(), getItem: throws }, /getItem failed \(Error: denied\)/],
  ["rejects when read", { ...shelf(), getItem: async () => throws() }, /getItem failed/],
  ["throws when written", { ...shelf(), setItem: throws }, /setItem failed \(Error: denied\)/],
  ["rejects when written", { ...shelf(), setItem: async () => throws() }, /setItem failed/],
  ["holds no JSON", shelf({ [KEY]: "{" }), /not what was put there/],
  ["holds no object", shelf({ [KEY]: '["rubbish"]' }), /not what was put there/],
  ["holds nothing", shelf({ [KEY]: "null" }), /not what was put there/],
  ["holds numbers", shelf({ [KEY]: '{"64×64×64 NN ×1":7}' }), /not what was put there/],
  ["gives a number", { ...shelf(), getItem: (() => 7) as never }, /not what was put there/],
  [
    "names a kernel that is none",
    shelf({ [KEY]: '{"64×64×64 NN ×1":"direct 4×1 99×99"}' }),
    /names "direct 4×1 99×99" for 64×64×64 NN ×1/,
  ],
  [
    "names a kernel of other devices",
    shelf({ [KEY]: '{"64×64×64 NN ×1":"tiled 16×16 4×4 16"}' }),
    /is none of its kernels/,
  ],
] as const)("storage that %s is warned of once, and the product is measured", async (_, storage, message) => {
  const device = tunedDevice(taking({ "8×4": 1 }), storage);
  expect(await tileOf(device)).toBe("8×4");
  (await compile(device, product, spec([64, 64]), spec([64, 32]))).dispose();
  expect(warned).toHaveBeenCalledTimes(1);
  expect(warned.mock.calls[0]?.[0]).toMatch(message);
  expect(warned.mock.calls[0]?.[0]).toMatch(/^autotune: .*\.$/);
});

test("what was wrong in storage is put right", async () => {
  const storage = shelf({ [KEY]: '{"64×64×64 NN ×1":"rubbish"}' });
  await tileOf(tunedDevice(taking({ "8×4": 1 }), storage));
  expect([...storage.items.values()]).toEqual(['{"64×64×64 NN ×1":"direct 4×1 8×4"}']);
});

test("a kernel that a driver refuses is not taken; where it refuses the rules' own, it is said", async () => {
  const refusing = (tile: number): TimedDevice => {
    const device = tunedDevice(taking({ "4×4": 1, "8×4": 1.5 }));
    const prepare = device.prepare.bind(device);
    device.prepare = async (plan) => {
      if (plan.dispatches.some(({ kernel }) => kernel.constants["TM"] === tile))
        throw new Error("too many registers");
      return prepare(plan);
    };
    return device;
  };
  expect(await tileOf(refusing(4))).toBe("8×4");
  const device = refusing(16);
  await expect(tileOf(device)).rejects.toThrow("too many registers");
  expect(device.kept.size).toBe(0);
  // Another program is not kept from its own.
  (await compile(device, (x: Tensor) => x.exp(), spec([3]))).dispose();
});

test("nor is a kernel that needs more workgroups than the device has", async () => {
  const limits = { ...plainSoftware.limits, maxComputeWorkgroupsPerDimension: 7 };
  const device = tunedDevice(taking({ "4×4": 0.5, "8×4": 1 }), shelf(), { ...plainSoftware, limits });
  expect(await tileOf(device)).toBe("8×4");
});

test("without products nothing is measured, nor where products are empty", async () => {
  const device = tunedDevice(taking({}));
  using maps = await compile(device, (x: Tensor) => x.exp(), spec([3]));
  using empty = await compile(device, product, spec([0, 4]), spec([4, 4]));
  expect(device.timed).toEqual([]);
  for (const { plan } of [maps, empty]) expect(plan.profile.tuned).toBeUndefined();
});

test("a storage without getItem or setItem is refused", () => {
  for (const storage of [{ getItem: throws }, { setItem: throws }, 3, "localStorage"])
    expect(() => autotune({ storage: storage as never })).toThrow(
      "autotune: storage has no getItem or no setItem. Pass localStorage, or an object with both.",
    );
});

describe("a page's own storage", () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  const define = (get: () => unknown): void =>
    void Object.defineProperty(globalThis, "localStorage", { configurable: true, get });
  afterEach(() => {
    if (own) Object.defineProperty(globalThis, "localStorage", own);
    else delete (globalThis as { localStorage?: unknown }).localStorage;
  });

  test("is the default", async () => {
    const storage = shelf();
    define(() => storage);
    const device = timedDevice(plainSoftware, taking({ "8×4": 1 }));
    device.tuner = autotune().tunerFor(device);
    await tileOf(device);
    expect([...storage.items.keys()]).toEqual([KEY]);
  });

  test.each([
    ["denied", throws],
    ["absent", () => undefined],
    ["another thing", () => ({})],
  ])("may be %s", async (_, get) => {
    define(get);
    const device = timedDevice(plainSoftware, taking({ "8×4": 1 }));
    device.tuner = autotune().tunerFor(device);
    expect(await tileOf(device)).toBe("8×4");
    expect(warned).not.toHaveBeenCalled();
  });
});
