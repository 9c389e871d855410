import { openDevice } from "chainrule";
import { expect, test } from "vitest";

test("a loop of read-backs on the CPU lets timers and signals in between", async () => {
  const device = await openDevice({ backend: "cpu" });
  const buffer = device.createBuffer(4, "x");
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const started = performance.now();
  let reads = 0;
  while (performance.now() - started < 200) {
    await device.read(buffer, 4);
    reads++;
  }
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  // and no more of them than needed: a timer a read would make short reads slow
  expect(reads).toBeGreaterThan(2 * turns);
});
