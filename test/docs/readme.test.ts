// Every piece of JavaScript in the README runs as it stands, but for where its import comes from.

import * as chainrule from "chainrule";
import { expect, test } from "vitest";
import readme from "../../README.md?raw";

const snippets = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

test("the README has its four examples", () => {
  expect(snippets).toHaveLength(4);
});

test.each(snippets.map((code, i) => [i + 1, code] as const))("example %i runs", async (_, code) => {
  const body = code
    .replace(/import (\{[^}]*\}) from "chainrule";/, "const $1 = chainrule;")
    .replace('import("chainrule/gpujs")', "gpujs()");
  const gpujs = (): Promise<unknown> => import("chainrule/gpujs");
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const printed: string[] = [];
  const log = (...args: unknown[]): number => printed.push(args.map(String).join(" "));
  await (AsyncFunction("chainrule", "gpujs", "console", body)(chainrule, gpujs, { log }) as Promise<void>);
  if (code.includes("gpujs")) expect(printed[0]).toContain("gpu.js, Web");
  else expect(printed.length).toBeGreaterThan(2);
  expect(printed).not.toContain("false");
  expect(printed.join("\n")).not.toContain("NaN");
  if (code.includes("xor")) {
    const [a = 1, b = 0, c = 0, d = 1] = (printed.at(-1) ?? "").split(",").map(Number);
    expect(Math.max(a, d)).toBeLessThan(0.3);
    expect(Math.min(b, c)).toBeGreaterThan(0.7);
  }
});
