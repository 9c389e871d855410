// What becomes of a device whose adapter is used for the first time: one that computes wrong numbers is refused.

import { DeviceError } from "../core/errors.ts";
import type { Device } from "../runtime/device.ts";
import { selfTest } from "./self_test.ts";

const FIX = "Update the driver or the browser, or use another back end.";

/** Throws DeviceError, which names the kernel whose numbers are wrong, unless the device passes the self-test. */
export async function expectRight(device: Device): Promise<void> {
  const name = `${device.backend}: ${device.profile.name}`;
  const { rows } = await selfTest(device).catch((error: unknown) => {
    throw new DeviceError(`${name} cannot run the self-test (${String(error)}). ${FIX}`, { cause: error });
  });
  const wrong = rows.filter(({ ok }) => !ok);
  const [first] = wrong;
  if (first)
    throw new DeviceError(
      `${name} computes "${first.name}" wrong: element ${first.at} is ${first.got}, not ${first.expected}; ` +
        `in all, ${wrong.length} of ${rows.length} results of the self-test are wrong. ${FIX}`,
    );
}
