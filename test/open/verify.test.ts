import { expect, test } from "vitest";
import { DeviceError } from "../../src/core/errors.ts";
import { version } from "../../src/core/version.ts";
import { verify } from "../../src/open/verify.ts";
import type { TextStorage } from "../../src/runtime/storage.ts";
import { patient } from "../support/patient.ts";

function shelf(): TextStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
  };
}

test("an adapter that passes is tested once, also by several at a time, and noted under its name and our version", async () => {
  const device = patient();
  const storage = shelf();
  await Promise.all([verify(device, storage), verify(device, storage)]);
  await verify(device, storage);
  expect(device.prepared).toBe(2);
  expect([...storage.items.values()]).toEqual(["passed"]);
  expect([...storage.items.keys()].join()).toContain(
    `chainrule ${version} self-test cpu ${device.profile.name} cpu`,
  );
});

test("an adapter that storage knows is not tested", async () => {
  const first = patient();
  const storage = shelf();
  await verify(first, storage);
  const [[key = ""] = []] = storage.items;
  const other = patient();
  storage.items.set(key.replace(first.profile.name, other.profile.name), "passed");
  await verify(other, storage);
  expect(other.prepared).toBe(0);
});

test("one that is wrong is refused by the kernel's name, the numbers and the fix, each time anew", async () => {
  const device = patient(true);
  const storage = shelf();
  const message = new RegExp(
    `^cpu: ${device.profile.name} computes "arithmetic, exp, log and choice" wrong: element 398 is [-\\d.]+, not -?1\\.\\d+; ` +
      String.raw`in all, \d\d of \d\d results of the self-test are wrong\. Update the driver or the browser, or use another back end\.$`,
  );
  for (const tests of [1, 2]) {
    const verified = verify(device, storage);
    await expect(verified).rejects.toThrow(DeviceError);
    await expect(verified).rejects.toThrow(message);
    expect(device.prepared).toBe(2 * tests);
  }
  expect(storage.items.size).toBe(0);
  device.wrong = false;
  await verify(device, storage);
  expect(storage.items.size).toBe(1);
});

test("one that cannot run the kernels is refused with its own words", async () => {
  const device = patient();
  device.prepare = async () => {
    throw new Error("no such instruction");
  };
  const verified = verify(device, shelf());
  await expect(verified).rejects.toThrow(DeviceError);
  await expect(verified).rejects.toThrow(
    /cannot run the self-test \(Error: no such instruction\)\. Update the driver/,
  );
});

test.each([
  ["none", undefined],
  [
    "that fails",
    {
      getItem: () => {
        throw new Error("denied");
      },
      setItem: async () => {
        throw new Error("full");
      },
    },
  ],
])("storage: %s", async (_, storage) => {
  const device = patient();
  await verify(device, storage);
  await verify(device, storage);
  expect(device.prepared).toBe(2);
});
