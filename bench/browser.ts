// Measurements in a headless browser: each training in a browser of its own, on the page that Vite builds.

import { existsSync } from "node:fs";
import { browser as launchOptions } from "../tools/software.mjs";
import { inRepository, pageConfig } from "./page_build.ts";
import type { Measurer } from "./work.ts";

const PAGE = "bench/page/index.html";
const BUILT = "build/bench-page";

/** Builds and serves the page. Throws where its source is not there, as beside a copy of the built program alone. */
export async function openBrowsers(): Promise<Measurer> {
  if (!existsSync(inRepository(PAGE)))
    throw new Error(`bench: ${PAGE} is not there. Run npm run bench:browser in the repository.`);
  const { build, preview } = await import("vite");
  const { chromium } = await import("playwright");
  const config = pageConfig(PAGE);
  const outDir = inRepository(BUILT);
  // TensorFlow.js hands its threads the text of a function, which names of outer ones that were shortened break.
  await build({ ...config, build: { ...config.build, outDir, emptyOutDir: true, minify: false } });
  const server = await preview({
    ...config,
    build: { outDir },
    // Isolated from other origins, a page has a finer clock and threads.
    preview: {
      host: "127.0.0.1",
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
  });
  const [address = ""] = server.resolvedUrls?.local ?? [];
  let runtime = "no browser";

  return {
    async measure(task, limit) {
      const browser = await chromium.launch(await launchOptions());
      runtime = `Chromium ${browser.version()}, headless`;
      let late = false;
      const timer = Number.isFinite(limit)
        ? setTimeout(() => {
            late = true;
            void browser.close();
          }, limit)
        : undefined;
      try {
        const page = await browser.newPage();
        // An error outside the measurement, in a worker for one, may keep it from ever ending.
        const failed = new Promise<never>((_, reject) => page.once("pageerror", reject));
        await page.goto(`${address}${PAGE}`);
        const outcome = page.evaluate((given) => globalThis.measureTask(given), task);
        return await Promise.race([outcome, failed]);
      } catch (error) {
        if (late) return undefined;
        throw error;
      } finally {
        clearTimeout(timer);
        await browser.close();
      }
    },
    runtime: () => runtime,
    close: () => server.close(),
  };
}
