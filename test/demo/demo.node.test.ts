// Drives the demo page as a person would.

import type { Page } from "playwright";
import { expect, test } from "vitest";
import { servedDemo } from "./served.ts";

const open = servedDemo();

const numberIn = async (page: Page, id: string): Promise<number> =>
  parseFloat((await page.textContent(`#${id}`)) ?? "");

const epochs = (page: Page, least: number): Promise<unknown> =>
  page.waitForFunction((n) => Number(document.getElementById("epoch")?.textContent) >= n, least);

/** Pixels of a chart that have exactly the color of one of its lines. */
const linePixels = (page: Page, id: string, color: string): Promise<number> =>
  page.evaluate(
    ([id = "", color = ""]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`#${id} canvas`);
      const context = canvas?.getContext("2d");
      if (!canvas || !context) throw new Error(`no chart in ${id}`);
      const hex = getComputedStyle(canvas).getPropertyValue(color).trim();
      const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4)
        if (rgb.every((value, channel) => data[i + channel] === value) && data[i + 3] === 255) found++;
      return found;
    },
    [id, color],
  );

const train = (page: Page) => page.getByRole("button", { name: "Train" });
const stop = (page: Page) => page.getByRole("button", { name: "Stop" });

test("trains on WebGPU, shows what it does, and stops", { timeout: 60_000 }, async () => {
  const { page, errors } = await open();
  await page.waitForSelector("#train:enabled");
  expect(await page.textContent("#device")).toContain("Runs on WebGPU");
  expect(await page.textContent("#plan")).toMatch(/^\d+ dispatches/);
  expect(await page.locator("#digits li").count()).toBe(20);
  expect(await linePixels(page, "loss-chart", "--first")).toBe(0);

  await train(page).click();
  await epochs(page, 12);
  await stop(page).click();
  await train(page).waitFor();
  expect(await numberIn(page, "accuracy")).toBeGreaterThanOrEqual(88);
  expect(await numberIn(page, "loss")).toBeLessThan(0.15);
  const right = await page.locator("#digits .right").count();
  expect(right).toBeGreaterThanOrEqual(15);
  expect(right + (await page.locator("#digits .wrong").count())).toBe(20);
  for (const [chart, color] of [
    ["loss-chart", "--first"],
    ["loss-chart", "--second"],
    ["accuracy-chart", "--second"],
  ] as const)
    expect.soft(await linePixels(page, chart, color), `${chart} ${color}`).toBeGreaterThan(20);
  // The epoch that was under way ends first.
  const isStill = async (): Promise<boolean> => {
    const before = await numberIn(page, "epoch");
    await page.waitForTimeout(500);
    return (await numberIn(page, "epoch")) === before;
  };
  await expect.poll(isStill, { timeout: 5_000 }).toBe(true);
  expect(await numberIn(page, "epoch")).toBeLessThan(100);

  // A larger batch is another plan over a fresh network.
  const plan = await page.textContent("#plan");
  await page.selectOption("#batch-size", "1024");
  await expect.poll(() => page.textContent("#plan"), { timeout: 20_000 }).not.toBe(plan);
  expect(await page.textContent("#plan")).toContain("[1024,32]");
  expect(await page.textContent("#epoch")).toBe("–");
  await page.focus("#train");
  await page.keyboard.press("Enter");
  await epochs(page, 2);
  expect(await linePixels(page, "loss-chart", "--first")).toBeGreaterThan(0);

  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  expect(await page.isVisible("#error")).toBe(false);
  expect(errors).toEqual([]);
  await page.close();
});

test("trains on the CPU where there is no WebGPU, and says so", async () => {
  const { page, errors } = await open("", (page) =>
    page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined })),
  );
  await page.waitForSelector("#train:enabled");
  expect(await page.textContent("#device")).toMatch(
    /^Runs on the CPU, in WebAssembly\. WebGPU: navigator\.gpu/,
  );
  await train(page).click();
  // The page answers while it trains: the slider moves, and the new rate is what the network gets.
  await page.locator("#rate").fill("1");
  expect(await page.textContent("#rate-value")).toBe("2");
  await epochs(page, 8);
  expect(await numberIn(page, "accuracy")).toBeGreaterThanOrEqual(75);
  expect(errors).toEqual([]);
  await page.close();
});

test("trains where it is told to", async () => {
  const { page, errors } = await open();
  await page.waitForSelector("#train:enabled");
  for (const [backend, said] of [
    ["wasm", "Runs on the CPU, in WebAssembly. It was asked for: "],
    ["auto", "Runs on the CPU, in WebAssembly. WebGPU has no GPU here"],
    ["webgpu", "Runs on WebGPU. "],
  ] as const) {
    await page.selectOption("#backend", backend);
    await expect.poll(() => page.textContent("#device"), { timeout: 20_000 }).toContain(said);
    await page.waitForSelector("#train:enabled");
    if (backend === "wasm") await train(page).click();
    await epochs(page, 1);
  }
  expect(errors).toEqual([]);
  await page.close();
});

test("says in words what went wrong", async () => {
  const { page } = await open("", (page) =>
    page.route("**/*.safetensors", (route) => route.fulfill({ status: 404 })),
  );
  await page.waitForSelector("#error:not([hidden])");
  expect(await page.textContent("#error")).toBe("The digits could not be loaded: the server said 404.");
  expect(await page.isDisabled("#train")).toBe(true);
  await page.close();
});
