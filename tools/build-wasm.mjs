// Compiles wasm/ into src/runtime/wasm/fixed_code.ts: npm run build:wasm. The result is kept with the sources, so that
// neither the tests nor the library's build wait for a compiler; a test compares it with what the sources give.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @type {(path: string) => string} */
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The kernels with fused multiply-add where the engine has it, and without; and what divides jobs among threads. */
const builds = {
  plain: "wasm/index.ts --enable simd",
  relaxed: "wasm/index.ts --enable simd,relaxed-simd",
  threads: "wasm/threads.ts --enable threads --sharedMemory",
};

const FLAGS = "-O3 --runtime stub --noAssert --importMemory --maximumMemory 65536 --importTable";

/**
 * The bytes of a build, as base64.
 *
 * @param {string} options
 */
function compiled(options) {
  const folder = mkdtempSync(join(tmpdir(), "build-wasm-"));
  try {
    const file = join(folder, "index.wasm");
    // The program, not its API, whose types say things about every array.
    const compiler = at("node_modules/assemblyscript/bin/asc.js");
    const all = `${options} ${FLAGS}`.split(" ");
    execFileSync(process.execPath, [compiler, ...all, "--outFile", file], {
      cwd: at("."),
      stdio: ["ignore", "ignore", "inherit"],
    });
    return readFileSync(file).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of the file. */
export function fixedCode() {
  const lines = ["// Made from wasm/ by npm run build:wasm: change it there."];
  for (const [name, options] of Object.entries(builds))
    lines.push("", `/** ${options} */`, `export const ${name} =`, `  "${compiled(options)}";`);
  return `${lines.join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(at("src/runtime/wasm/fixed_code.ts"), fixedCode());
