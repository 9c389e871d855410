// chainrule/gpujs as users get it: without gpu.js, with it, and in pages, minified and without a bundler.

import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browser } from "../../tools/software.mjs";
import { serve } from "../support/static_server.node.ts";
import { installPackage, root, type Consumer } from "./consumer.ts";
import { expectXor, type XorResult } from "./xor_result.ts";

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installPackage();
});
afterAll(() => consumer?.remove());

interface GpujsResult extends XorResult {
  readonly reason: string;
}

function expectLearned(result: GpujsResult, kernelClass: RegExp): void {
  expect(result.backend).toBe("gpujs");
  expect(result.reason).toMatch(kernelClass);
  expectXor(result);
}

const inNode = (): Promise<string> =>
  consumer.run(
    "node",
    "-e",
    `import("./gpujs.mjs").then(({ trainXorOnGpujs }) => trainXorOnGpujs()).then(
      (result) => console.log(JSON.stringify(result)),
      ({ name, message }) => console.log(name + ": " + message),
    )`,
  );

/** What a page of the consumer's gives: its module `entry`, which exports the function. */
async function inPage(folder: string, head: string, entry: string): Promise<GpujsResult> {
  await consumer.write(join(folder, "index.html"), `<!doctype html>${head}`);
  const server = await serve(join(consumer.folder, folder));
  const chrome = await chromium.launch(await browser());
  try {
    const page = await chrome.newPage();
    await page.goto(`${server.url}/`);
    // As text: a function would be rewritten for the module runner of the tests.
    const script = `import("${server.url}/${entry}").then(({ trainXorOnGpujs }) => trainXorOnGpujs())`;
    return await page.evaluate(script);
  } finally {
    await chrome.close();
    await server.close();
  }
}

test("no other file of the package imports gpu.js", async () => {
  const scripts = consumer.files.filter((file) => file.endsWith(".js"));
  const texts = scripts.map((file) =>
    readFile(join(consumer.folder, "node_modules/chainrule", file), "utf8"),
  );
  const isImport = /\b(from|import)[\s(]*["'`]gpu\.js["'`]/;
  const importing = (await Promise.all(texts)).map((text, i) => (isImport.test(text) ? scripts[i] : ""));
  expect(importing.filter(Boolean)).toEqual(["dist/gpujs.js"]);
});

test("without gpu.js, it says what to install", async () => {
  expect(await inNode()).toMatch(
    /^DeviceError: gpujs: gpu\.js cannot be loaded \(.*\)\. Run: npm install gpu\.js/,
  );
});

test("with gpu.js, Node trains", async () => {
  await symlink(join(root, "node_modules/gpu.js"), join(consumer.folder, "node_modules/gpu.js"));
  expectLearned(JSON.parse(await inNode()) as GpujsResult, /gpu\.js, WebAssemblyKernel$/);
});

test("a page trains in WebGL from a minified bundle", async () => {
  await build({
    root: consumer.folder,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: "site",
      target: "es2022",
      rolldownOptions: {
        input: join(consumer.folder, "gpujs.mjs"),
        preserveEntrySignatures: "strict",
        output: { entryFileNames: "[name].js" },
      },
    },
  });
  expectLearned(await inPage("site", "", "gpujs.js"), /gpu\.js, WebGL2Kernel on /);
});

test("a page trains without a bundler, with gpu.js's own script", async () => {
  const at = (file: string): string => `./node_modules/${file}`;
  const imports = {
    chainrule: at("chainrule/dist/index.js"),
    "chainrule/gpujs": at("chainrule/dist/gpujs.js"),
  };
  const head = `<script src="${at("gpu.js/dist/gpu-browser.min.js")}"></script>
    <script type="importmap">${JSON.stringify({ imports })}</script>`;
  expectLearned(await inPage(".", head, "gpujs.mjs"), /gpu\.js, WebGL2Kernel on /);
});
