import { expect, test } from "vitest";
import { bundleSize } from "../../bench/bundle.ts";

test("what trains is bundled with what it needs, and a source that is not there has no size", async () => {
  const [one, more] = [
    await bundleSize("src/core/shape.ts"),
    await bundleSize("bench/contenders/chainrule.ts"),
  ];
  expect(one).toBeGreaterThan(100);
  expect(one).toBeLessThan(5000);
  expect(more).toBeGreaterThan(10_000);
  expect(more).toBeLessThan(60_000);
  // A library that a contender imports when it is its turn counts whole.
  expect(await bundleSize("bench/contenders/jax.ts")).toBeGreaterThan(50_000);
  expect(await bundleSize("bench/nothing.ts")).toBeUndefined();
});
