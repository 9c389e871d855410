// Drives the page that examines a browser.

import type { Page } from "playwright";
import { expect, test } from "vitest";
import { servedDemo } from "./served.ts";

const open = servedDemo();

async function examine(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Run" }).click();
  expect(await page.isDisabled("#run")).toBe(true);
  await page.waitForSelector("#verdict:visible", { timeout: 100_000 });
  await page.getByRole("button", { name: "Run again" }).waitFor();
  return (await page.textContent("#verdict")) ?? "";
}

const cards = (page: Page): Promise<string[]> => page.locator("#devices li").allTextContents();

test(
  "examines WebGPU, WebAssembly and the reference, and gives the report",
  { timeout: 120_000 },
  async () => {
    const { page, errors } = await open("", (page) =>
      page.context().grantPermissions(["clipboard-read", "clipboard-write"]),
    );
    await page.getByRole("link", { name: "Examine this browser." }).click();
    expect(await examine(page)).toBe("What is here computes right.");
    const [webgpu, wasm, cpu] = await cards(page);
    expect(webgpu).toMatch(
      /^WebGPUright.*no GPU: emulated on the CPU.*Self-test34 of 34Parity42 of 42GFLOP\/s/,
    );
    expect(wasm).toMatch(/^WebAssemblyright.*Parity42 of 42/);
    expect(cpu).toMatch(/^The reference, in plain loopsright.*Parity42 of 42/);
    await page.getByRole("button", { name: "Copy report" }).click();
    await expect.poll(() => page.textContent("#status")).toBe("The report is copied.");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(await page.textContent("#report"));
    expect(copied).toContain("## WebGPU: ");
    expect(copied).toContain("**This is no GPU: the adapter is emulated on the CPU.**");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(errors).toEqual([]);
    await page.close();
  },
);

test("says what to do where there is no WebGPU, and examines the rest", async () => {
  const { page, errors } = await open("doctor.html", (page) =>
    page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined })),
  );
  expect(await examine(page)).toBe("What is here computes right.");
  const [webgpu, ...others] = await cards(page);
  expect(webgpu).toMatch(/^WebGPUnot therewebgpu: navigator\.gpu is undefined/);
  expect(others).toHaveLength(2);
  expect(await page.textContent("#report")).toContain("Turn on hardware acceleration");
  expect(errors).toEqual([]);
  await page.close();
});
