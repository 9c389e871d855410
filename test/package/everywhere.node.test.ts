// The package as users get it, where there is neither a GPU nor a compiler nor another package: it trains all the same.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browser } from "../../tools/software.mjs";
import { isolation, serve, type StaticServer } from "../support/static_server.node.ts";
import { installPackage, type Consumer } from "./consumer.ts";

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installPackage();
});
afterAll(() => consumer?.remove());

interface Result {
  readonly backend: string;
  readonly reason: string;
  readonly accuracy: number;
  readonly error?: string;
}

function expectDigits({ backend, reason, accuracy, error }: Result, why: RegExp): void {
  expect(error).toBeUndefined();
  expect(backend).toBe("wasm");
  expect(reason).toMatch(why);
  expect(accuracy).toBeGreaterThan(0.9);
}

/** A page that knows the package by its name. */
function writePage(): Promise<void> {
  const imports = { chainrule: "./node_modules/chainrule/dist/index.js" };
  return consumer.write("index.html", `<script type="importmap">${JSON.stringify({ imports })}</script>`);
}

/** Unpacked bytes of all that was installed. */
const LARGEST_INSTALL = 2_500_000;

test("an install is one package, and small", async () => {
  const modules = join(consumer.folder, "node_modules");
  expect((await readdir(modules)).filter((name) => !name.startsWith("."))).toEqual(["chainrule"]);
  const files = await readdir(modules, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile())
    .map(async (file) => (await stat(join(file.parentPath, file.name))).size);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.info(`installed: ${bytes} bytes`);
  expect(bytes).toBeLessThan(LARGEST_INSTALL);
});

test("Node trains on the digits, with nothing else installed, and hears how to get a GPU", async () => {
  const code = `import { readFile } from "node:fs/promises";
    import { trainDigits } from "./digits.mjs";
    console.log(JSON.stringify(await trainDigits(await readFile("digits.safetensors"))));`;
  await consumer.write("main.mjs", code);
  expectDigits(
    JSON.parse(await consumer.run("node", "main.mjs")) as Result,
    /npm install webgpu.*WebAssembly/,
  );
});

test("Node does with two threads, and ends by itself, also where training fails", async () => {
  const code = `import { readFile } from "node:fs/promises";
    import { trainDigits } from "./digits.mjs";
    const bytes = await readFile("digits.safetensors");
    console.log(JSON.stringify(await trainDigits(bytes, { backend: "wasm", threads: 2 })));
    const { openDevice } = await import("chainrule");
    await openDevice({ backend: "wasm", threads: 2 });
    if (process.argv[2]) throw new Error("after the device was opened");`;
  await consumer.write("threads.mjs", code);
  expectDigits(JSON.parse(await consumer.run("node", "threads.mjs")) as Result, /SIMD, 2 threads$/);
  await expect(consumer.run("node", "threads.mjs", "throw")).rejects.toThrow("after the device was opened");
});

test("a worker of Node does", async () => {
  const code = `import { readFile } from "node:fs/promises";
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL("./worker.mjs", import.meta.url));
    worker.on("message", (result) => worker.terminate().then(() => console.log(JSON.stringify(result))));
    worker.postMessage(await readFile("digits.safetensors"));`;
  await consumer.write("in_worker.mjs", code);
  expectDigits(JSON.parse(await consumer.run("node", "in_worker.mjs")) as Result, /WebAssembly/);
});

describe("threads in a page", () => {
  /** What a page with these headers makes of `threads: 2`. */
  async function trained(headers: Readonly<Record<string, string>>): Promise<Result> {
    const server = await serve(consumer.folder, headers);
    const chrome = await chromium.launch(await browser());
    try {
      const page = await chrome.newPage();
      await page.goto(`${server.url}/`);
      const script = `(async () => {
        const bytes = new Uint8Array(await (await fetch("./digits.safetensors")).arrayBuffer());
        const { trainDigits } = await import("${server.url}/digits.mjs");
        return trainDigits(bytes, { backend: "wasm", threads: 2 });
      })()`;
      return await page.evaluate(script);
    } finally {
      await chrome.close();
      await server.close();
    }
  }
  beforeAll(() => writePage());

  test("there are some where it is isolated", async () => {
    expectDigits(await trained(isolation), /SIMD, 2 threads$/);
  });
  test("there are none where it is not, and it is told why", async () => {
    expectDigits(await trained({}), /SIMD, one thread: this page is not cross-origin isolated$/);
  });
  test("there are none where its policy refuses them, and it is told why", async () => {
    const policy = { "content-security-policy": "worker-src 'none'" };
    expectDigits(await trained({ ...isolation, ...policy }), /SIMD, one thread: others were refused \(.+\)$/);
  });
});

describe("a browser whose WebGPU is switched off", () => {
  let chrome: Browser;
  let server: StaticServer;
  let page: Page;
  beforeAll(async () => {
    const { args, ...launch } = await browser();
    const without = args.filter((arg) => !/webgpu/i.test(arg));
    chrome = await chromium.launch({
      ...launch,
      args: [...without, "--disable-features=WebGPU,WebGPUService"],
    });
    server = await serve(consumer.folder);
    await writePage();
    page = await chrome.newPage();
    await page.goto(`${server.url}/`);
  });
  afterAll(async () => {
    await chrome?.close();
    await server?.close();
  });

  const OFF =
    /^webgpu: (navigator\.gpu is undefined|the browser has WebGPU but offers no adapter).*WebAssembly/;

  test("a static page trains on the digits, and hears why not on a GPU", async () => {
    const script = `(async () => {
      const bytes = new Uint8Array(await (await fetch("./digits.safetensors")).arrayBuffer());
      return (await import("${server.url}/digits.mjs")).trainDigits(bytes);
    })()`;
    expectDigits(await page.evaluate(script), OFF);
  });

  test("a worker of a page does", async () => {
    // A page's import map is not its workers': there, the address of the file.
    const { readFile } = await import("node:fs/promises");
    const app = await readFile(join(consumer.folder, "digits.mjs"), "utf8");
    await consumer.write(
      "digits.mjs",
      app.replace('"chainrule"', '"./node_modules/chainrule/dist/index.js"'),
    );
    const script = `(async () => {
      const worker = new Worker("${server.url}/worker.mjs", { type: "module" });
      const result = new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.postMessage(new Uint8Array(await (await fetch("./digits.safetensors")).arrayBuffer()));
      return result;
    })()`;
    expectDigits(await page.evaluate(script), OFF);
    await consumer.write("digits.mjs", app);
  });
});
