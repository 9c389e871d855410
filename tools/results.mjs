// Trains on MNIST and writes what came out into docs/results.md, between its marks: `npm run results -- --data DIR`.
// Further options go to the training program.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** @type {(path: string) => string} */
const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const RESULTS = at("docs/results.md");
const START = "<!-- mnist:start -->";
const END = "<!-- mnist:end -->";

/**
 * Runs the training program, shows its output and gives its lines. Ends the process with its status where it fails.
 *
 * @param {string[]} args
 */
async function train(args) {
  const child = spawn(process.execPath, [at("build/train.mjs"), ...args], {
    stdio: ["inherit", "pipe", "inherit"],
  });
  /** @type {string[]} */
  const lines = [];
  const closed = new Promise((resolve) => child.once("close", resolve));
  for await (const line of createInterface(child.stdout)) {
    console.log(line);
    lines.push(line);
  }
  const status = Number(await closed);
  if (status !== 0) process.exit(status);
  return lines;
}

const load = () => loadavg()[0]?.toFixed(1) ?? "unknown";

/** @param {string[]} args */
async function section(args) {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-results-"));
  const before = load();
  const started = performance.now();
  const lines = await train([...args, "--out", join(folder, "weights.safetensors")]);
  const seconds = (performance.now() - started) / 1000;
  rmSync(folder, { recursive: true });
  /** @type {(name: string) => string} */
  const field = (name) =>
    lines
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length)
      .trim() ?? "unknown";
  const [{ model } = { model: "unknown CPU" }] = cpus();
  const rows = {
    "test accuracy": `**${field("test accuracy")}**`,
    "training time": `${field("time")} with an evaluation after each epoch; ${seconds.toFixed(1)} s for the whole program`,
    network: `${field("network")}, sigmoid units, mean half squared error, plain SGD`,
    images: field("data").replace(/^.*: /, ""), // the folder's name says nothing elsewhere
    device: field("device"),
    machine: `${cpus().length} cores (${model.trim()}), ${process.platform} ${process.arch}, Node ${process.version}`,
    "load average": `${before} before, ${load()} after`,
    date: new Date().toISOString().slice(0, 10),
  };
  return [
    "## MNIST",
    "",
    "Written by `npm run results -- --data DIR`, with the four IDX files of MNIST in DIR.",
    "",
    "| | |",
    "|---|---|",
    ...Object.entries(rows).map(([name, value]) => `| ${name} | ${value} |`),
    "",
    "```text",
    ...lines.filter((line) => line.startsWith("epoch ")),
    "```",
  ].join("\n");
}

/**
 * Puts `text` between the marks, at the end where there are none; the rest of the page stays.
 *
 * @param {string} page
 * @param {string} text
 */
function replaceSection(page, text) {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start) return `${page.trimEnd()}\n\n${START}\n${text}\n${END}\n`;
  return `${page.slice(0, start)}${START}\n${text}\n${page.slice(end)}`;
}

const args = process.argv.slice(2);
if (!args.some((arg) => arg === "--data" || arg.startsWith("--data="))) {
  console.error(
    "error: --data is missing. Give the folder of MNIST's four IDX files: npm run results -- --data DIR",
  );
  process.exit(1);
}
const text = await section(args);
// Read only now: another section may have been written meanwhile.
const page = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8") : "# Results\n";
writeFileSync(RESULTS, replaceSection(page, text));
console.log(`written to ${RESULTS}`);
