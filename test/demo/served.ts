// The demo's pages, built and served as any static server would serve them, in a browser.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll } from "vitest";
import { browser } from "../../tools/software.mjs";
import { serve, type StaticServer } from "../support/static_server.node.ts";

/** A page, and the complaints of its console. */
export interface Opened {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** Builds, serves and starts the browser before the tests of a file; gives what opens a page, after `prepare`. */
export function servedDemo(): (path?: string, prepare?: (page: Page) => Promise<unknown>) => Promise<Opened> {
  let folder: string;
  let server: StaticServer;
  let chrome: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "demo-"));
    await build({ mode: "demo", logLevel: "error", build: { outDir: folder } });
    server = await serve(folder);
    chrome = await chromium.launch(await browser());
  });

  afterAll(async () => {
    await chrome?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  return async (path = "", prepare) => {
    const page = await chrome.newPage({ locale: "en-US", viewport: { width: 360, height: 740 } });
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    await prepare?.(page);
    await page.goto(`${server.url}/${path}`);
    return { page, errors };
  };
}
