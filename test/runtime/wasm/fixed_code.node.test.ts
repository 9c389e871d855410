import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fixedCode } from "../../../tools/build-wasm.mjs";

test("the fixed kernels are what their sources in wasm/ compile to", () => {
  const kept = readFileSync(new URL("../../../src/runtime/wasm/fixed_code.ts", import.meta.url), "utf8");
  expect(kept === fixedCode(), "run npm run build:wasm").toBe(true);
});
