// What app/xor.mjs gives.

import { expect } from "vitest";

export interface XorResult {
  readonly backend: string;
  readonly outputs: readonly number[];
}

export function expectXor({ outputs }: XorResult): void {
  expect(outputs.map(Math.round), String(outputs)).toEqual([0, 1, 1, 0]);
  for (const output of outputs) expect(Math.abs(output - Math.round(output))).toBeLessThan(0.2);
}
