// Steps made with the program itself count: the losses that follow are read from the right rows of the ring.

import { expect, test } from "vitest";
import { cpuDevice } from "../support/device.ts";
import { examples, trainerOf } from "./networks.ts";

test("an epoch after steps by hand reports its own losses", async () => {
  const set = examples(40);
  const first = async (byHand: number): Promise<number> => {
    const trainer = await trainerOf(cpuDevice);
    const program = await trainer.program(set);
    // At rate 0 they change nothing but the count.
    for (let i = 0; i < byHand; i++)
      program.run({ rows: Uint32Array.of(0, 0, 0, 0, 0, 0, 0, 0), learningRate: 0 });
    const { value } = await trainer.fit(set, { epochs: 1 }).next();
    expect(trainer.stepCount).toBe(byHand + 5);
    await trainer.dispose();
    return value?.loss ?? NaN;
  };
  expect(await first(3)).toBe(await first(0));
});
