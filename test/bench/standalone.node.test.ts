import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { expect, onTestFinished, test } from "vitest";
import type { Report } from "../../bench/report.ts";
import { swiftshader } from "../../tools/software.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the benchmark is one file that Node runs in an empty folder, with nothing but Dawn beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-standalone-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await build({
    root,
    configFile: join(root, "vite.programs.config.ts"),
    mode: "standalone",
    logLevel: "error",
    build: { outDir: folder },
  });
  expect(readdirSync(folder)).toEqual(["bench.mjs"]);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules/webgpu"), join(folder, "node_modules/webgpu"));

  const driver = await swiftshader();
  const options = ["--nets", "2-3-1@4", "--rounds", "1", "--json", "out.json"];
  const { stdout } = await promisify(execFile)(process.execPath, ["bench.mjs", ...options], {
    cwd: folder,
    env: {
      PATH: "", // no Python
      CHAINRULE_GPU: driver ? "software" : "auto",
      ...(driver && { CHAINRULE_SWIFTSHADER: driver.dir }),
    },
  });
  expect(stdout).toContain("| 2-3-1, batch 4 | brain.js");
  const { nets } = JSON.parse(readFileSync(join(folder, "out.json"), "utf8")) as { nets: Report };
  const [result] = nets.results;
  expect(result?.sides.map(({ library }) => library.replace(/ \d\S*/, ""))).toEqual([
    "chainrule webgpu",
    "TensorFlow.js webgpu",
    "TensorFlow.js wasm (SIMD)",
    "jax-js webgpu",
    "brain.js CPU",
  ]);
  // A ratio is given to those that compute the same, and to brain.js.
  for (const { ratio } of result?.sides.slice(1) ?? []) expect(ratio).toBeGreaterThan(0);
  expect(nets.leftOut).toEqual([
    { title: "TensorFlow.js webgl", reason: "there is no WebGL here; npm run bench:browser has it" },
    { title: "PyTorch CPU", reason: "there is no python3" },
    { title: "PyTorch CUDA", reason: "there is no python3" },
  ]);
  expect(nets.bundles).toEqual([]);
}, 240_000);
