// Checks on options: each throws a ValueError that names the option, shows the value and says the range.

import { ValueError } from "./errors.ts";

export function positiveInteger(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new ValueError(`${name} is ${value}. Use an integer from 1 up.`);
  return value;
}

/** A finite number in [low, high). */
export function finite(name: string, value: number, low = -Infinity, high = Infinity): number {
  if (Number.isFinite(value) && value >= low && value < high) return value;
  const range =
    low === -Infinity
      ? "a finite number"
      : high === Infinity
        ? `a finite number from ${low} up`
        : `a number from ${low} up to, but not, ${high}`;
  throw new ValueError(`${name} is ${value}. Use ${range}.`);
}
