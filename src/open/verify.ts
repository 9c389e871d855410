// A device that computes wrong numbers is refused when its adapter is first used, before anything is trained on it.

import { cachedPromise } from "../core/cached.ts";
import { version } from "../core/version.ts";
import type { Device } from "../runtime/device.ts";
import { findOwnStorage, type TextStorage } from "../runtime/storage.ts";

/** By key, of this page or process: so that nothing is tested twice where there is no storage. */
const verified = new Map<string, Promise<void>>();

const PASSED = "passed";

/**
 * Resolves where the device passes the self-test, which is loaded and run when an adapter is first used, and again with
 * another version of this library or of the browser. Throws DeviceError that names the kernel whose numbers are wrong; that
 * is not remembered, so the next one is tested again.
 */
export function verify(device: Device, storage: TextStorage | undefined = findOwnStorage()): Promise<void> {
  const key = keyOf(device);
  return cachedPromise(verified, key, () => verifyOnce(device, key, storage));
}

async function verifyOnce(device: Device, key: string, storage: TextStorage | undefined): Promise<void> {
  if ((await quietly(() => storage?.getItem(key))) === PASSED) return;
  const verdict = await import("../inspect/verdict.ts");
  await verdict.expectRight(device);
  await quietly(() => storage?.setItem(key, PASSED));
}

/** A browser brings its own shader compiler, and another version another one. */
function keyOf({ backend, profile: { name, kind, subgroups } }: Device): string {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  const parts = [backend, name, kind, subgroups, navigator?.userAgent];
  return `chainrule ${version} self-test ${parts.join(" ")}`;
}

/** Storage that fails is no storage: the next visit runs the test again. */
async function quietly<T>(use: () => T): Promise<Awaited<T> | undefined> {
  try {
    return await use();
  } catch {
    return undefined;
  }
}
