// The package as users get it: packed, unpacked, and used in Node, in a page without a bundler, and bundled.

import { existsSync } from "node:fs";
import { readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright";
import { build, type Rolldown } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { browser, swiftshader } from "../../tools/software.mjs";
import { serve } from "../support/static_server.node.ts";
import { filesUnder, installPackage, root, type Consumer } from "./consumer.ts";
import { expectXor, type XorResult } from "./xor_result.ts";

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installPackage();
});
afterAll(() => consumer?.remove());

const LARGEST_BUNDLE = 41_900;

test("the tarball holds the build and its papers, nothing else", async () => {
  const modules = (await filesUnder("src")).filter((file) => !file.endsWith(".d.ts"));
  const papers = ["CHANGELOG.md", "LICENSE", "README.md"].filter((paper) => existsSync(join(root, paper)));
  // What is loaded only when it is asked for has files of its own beside the entries'.
  const isScript = (file: string): boolean => /^dist\/\w+(\.node)?\.js(\.map)?$/.test(file);
  const entries = [
    "index.js",
    "index.node.js",
    "nn.js",
    "oracle.js",
    "src.js",
    "cpu_device.js",
    "wasm_device.js",
  ];
  expect(consumer.files).toEqual(expect.arrayContaining(entries.map((file) => `dist/${file}`)));
  expect(consumer.files.filter((file) => !isScript(file))).toEqual(
    [
      "package.json",
      ...papers,
      ...modules.map((file) => `dist/${file.replace(/\.ts$/, ".d.ts")}`),
      ...(await filesUnder("shaders")).map((file) => `dist/shaders/${file}`),
    ].sort(),
  );
});

test("it depends on no other package", async () => {
  const manifest = JSON.parse(
    await readFile(join(consumer.folder, "node_modules/chainrule/package.json"), "utf8"),
  ) as Record<string, unknown>;
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("optionalDependencies");
});

test.each(["cpu", "wasm"])("Node imports it and trains on the CPU: %s", async (backend) => {
  const code = `import("./xor.mjs").then(({ trainXor }) => trainXor("${backend}")).then((r) => console.log(JSON.stringify(r)))`;
  const result = JSON.parse(await consumer.run("node", "-e", code)) as XorResult;
  expect(result.backend).toBe(backend);
  expectXor(result);
});

test("Node requires it, and hears what is missing for WebGPU", async () => {
  const code = `const { openDevice } = require("chainrule");
    openDevice().then(({ backend, reason }) => console.log(backend + ": " + reason));`;
  expect(await consumer.run("node", "--input-type=commonjs", "-e", code)).toMatch(
    /^wasm: .*npm install webgpu.*: WebAssembly with (relaxed )?SIMD/,
  );
});

interface Diagnosed {
  readonly ok: boolean;
  readonly host: { readonly webgpu?: string };
  readonly devices: readonly {
    readonly backend: string;
    readonly ok: boolean;
    readonly profile?: { kind: string };
  }[];
}

describe("chainrule doctor", () => {
  const doctor = (...args: readonly string[]): Promise<string> =>
    consumer.run("node", "node_modules/chainrule/dist/cli.js", ...args);

  test("is the package's program", async () => {
    const folder = join(consumer.folder, "node_modules/chainrule");
    const { bin } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { bin: object };
    expect(bin).toEqual({ chainrule: "./dist/cli.js" });
    expect(firstLine(await readFile(join(folder, "dist/cli.js"), "utf8"))).toBe("#!/usr/bin/env node");
    expect(await doctor("--help")).toMatch(/^Usage: chainrule doctor \[options\]\n/);
  });

  test("its parts examine a device of the package", async () => {
    const code = `import { openDevice } from "chainrule";
      import { diagnose, paritySuite, selfTest } from "chainrule/doctor";
      const device = await openDevice({ backend: "wasm" });
      const open = (backend) => openDevice({ backend });
      const host = { engine: "a test", advice: [] };
      const reports = [await selfTest(device), await paritySuite(device), await diagnose({ open, host, backends: ["wasm"] })];
      console.log(JSON.stringify(reports.map(({ ok }) => ok)));`;
    await consumer.write("parts.mjs", code);
    expect(JSON.parse(await consumer.run("node", "parts.mjs"))).toEqual([true, true, true]);
  });

  test("without webgpu, says so and examines the rest", async () => {
    const text = await doctor("doctor");
    expect(text).toContain("**What is there is right, but there is no GPU.**");
    expect(text).toMatch(
      /## WebGPU: not there\n\nwebgpu: .*\n\n- In Node, .*`npm install webgpu`\.\n\n## WebAssembly\n/,
    );
    expect(text).toContain("## CPU, the reference: JavaScript\n");
  });

  test.each([
    [["doctor", "--backend", "webgpu"], 1, "Something is wrong: WebGPU."],
    [["doctor", "--backend", "gpujs"], 1, "## gpu.js: not there"],
    [["doctor", "--backend", "gpu"], 2, '--backend is "gpu". Use one of webgpu, gpujs, wasm, cpu.'],
    [["nurse"], 2, '"nurse" is no command. There is one: chainrule doctor.'],
    [["doctor", "--josn"], 2, "--josn"],
  ] as const)("%j ends with %i", async (args, code, message) => {
    const failed = await doctor(...args).catch((error: unknown) => error as Error);
    expect(String(failed)).toContain(message);
    expect((failed as Error).cause).toMatchObject({ code });
  });

  test("with webgpu beside it, examines the adapter", { timeout: 120_000 }, async () => {
    const installed = join(consumer.folder, "node_modules/webgpu");
    await symlink(join(root, "node_modules/webgpu"), installed);
    vi.stubEnv("CHAINRULE_SWIFTSHADER", (await swiftshader())?.dir);
    try {
      const { ok, host, devices } = JSON.parse(
        await doctor("doctor", "--backend", "webgpu", "--json"),
      ) as Diagnosed;
      expect(ok).toBe(true);
      expect(host.webgpu).toMatch(/^\d+\.\d+\.\d+/);
      expect(devices.map(({ backend }) => backend)).toEqual(["webgpu"]);
    } finally {
      vi.unstubAllEnvs();
      await rm(installed);
    }
  });
});

test("a page imports it without a bundler and trains on WebGPU", async () => {
  const imports = { chainrule: "./node_modules/chainrule/dist/index.js" };
  await consumer.write("index.html", `<script type="importmap">${JSON.stringify({ imports })}</script>`);
  const server = await serve(consumer.folder);
  const chrome = await chromium.launch(await browser());
  try {
    const page = await chrome.newPage();
    await page.goto(`${server.url}/`);
    // As text: a function would be rewritten for the module runner of the tests.
    const script = `import("${server.url}/xor.mjs").then(({ trainXor }) => trainXor("webgpu"))`;
    const result = (await page.evaluate(script)) as XorResult;
    expect(result.backend).toBe("webgpu");
    expectXor(result);
  } finally {
    await chrome.close();
    await server.close();
  }
});

test("Vite bundles it for the browser, shader files too, without anything of Node", async () => {
  await consumer.write(
    "main.js",
    `import { trainXor } from "./xor.mjs";
    import shader from "chainrule/shaders/matmul.wgsl?raw";
    trainXor("webgpu").then((result) => console.log(result, shader));`,
  );
  const code = (await bundle("main.js")).join("\n");
  expect(code).toContain(
    JSON.stringify(firstLine(await readFile(join(root, "shaders/matmul.wgsl"), "utf8"))).slice(1, -1),
  );
  expect(code).toContain("maxStorageBufferBindingSize");
  expect(code).not.toMatch(/\b(from|import|require)[\s(]*["'`](webgpu|node:)/);
});

test("a bundle that trains stays small", async () => {
  const scripts = await bundle("xor.mjs");
  const bytes = scripts.reduce((sum, code) => sum + gzipSync(code).length, 0);
  console.info(`bundle of an app that trains, minified and gzipped: ${bytes} bytes`);
  expect(bytes).toBeLessThan(LARGEST_BUNDLE);
});

test.each([
  ["Node", "nodenext", true],
  ["a bundler", "bundler", false],
] as const)(
  "TypeScript knows its exports for %s",
  { timeout: 60_000 },
  async (_, moduleResolution, forNode) => {
    await consumer.write(
      "use.ts",
      `import { compile, openDevice, spec, Tensor, type Device } from "chainrule";
    import * as all from "chainrule";
    import { createTrainer } from "chainrule/browser";
    import { selfTest, type SelfTestReport } from "chainrule/doctor";
    export const device: Device = await openDevice({ backend: "cpu" });
    export const program = await compile(device, (x: Tensor) => x.square().sum(), spec([3]));
    export const report: SelfTestReport = await selfTest(device);
    export const steps: number = (await createTrainer(device, {} as never)).stepCount;
    export const nodeOnly: ${forNode} = null as never as "setSoftwareVulkan" extends keyof typeof all ? true : false;
    // @ts-expect-error a number is no back end
    void openDevice({ backend: 1 });`,
    );
    const options = {
      module: forNode ? "nodenext" : "esnext",
      moduleResolution,
      target: "es2022",
      lib: ["es2022", "dom", "esnext.disposable"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    };
    await consumer.write("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["use.ts"] }));
    await consumer.run("node", join(root, "node_modules/typescript/bin/tsc"), "-p", ".");
  },
);

const firstLine = (text: string): string => text.split("\n")[0] ?? "";

/** The scripts that an app for the browser loads before it asks for others, minified. */
async function bundle(entry: string): Promise<readonly string[]> {
  const built = (await build({
    root: consumer.folder,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2022",
      modulePreload: { polyfill: false },
      rolldownOptions: { input: join(consumer.folder, entry), preserveEntrySignatures: "allow-extension" },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = built.output.filter((file) => file.type === "chunk");
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const { imports } of loaded)
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) loaded.add(chunk);
  return [...loaded].map(({ code }) => code);
}
