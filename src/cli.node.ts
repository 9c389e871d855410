#!/usr/bin/env node
// `npx chainrule doctor`: what this machine has to compute with, and whether it computes right.

import { parseArgs } from "node:util";
import { diagnose, printDiagnosis } from "./doctor.ts";
import { openDevice, type Backend } from "./index.node.ts";
import { engineName, gpuAdvice, webgpuVersion } from "./runtime/node/host.ts";

const HELP = `Usage: chainrule doctor [options]

Tells what there is to compute with (WebGPU, WebAssembly, the CPU), runs a self-test and compares every primitive,
fused graphs and training steps with the reference. Prints a report in Markdown, to read or to paste into a report of a bug.

Options:
  --backend <name>  only this one, which has to be there: webgpu, gpujs (npm's gpu.js), wasm or cpu
  --json            the report as JSON
  --help            this text

Ends with 0 where all is right, 1 where something is wrong, 2 where it does not understand.
CHAINRULE_GPU=hardware or software chooses WebGPU's adapter.`;

const BACKENDS = ["webgpu", "gpujs", "wasm", "cpu"] as const;

interface Command {
  readonly backends: readonly Backend[] | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

/** Throws Error that says what is not understood. */
function commandOf(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      backend: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { backend, json = false, help = false } = values;
  if (!help && positionals.join(" ") !== "doctor")
    throw new Error(`"${positionals.join(" ")}" is no command. There is one: chainrule doctor.`);
  const found = BACKENDS.find((name) => name === backend);
  if (backend !== undefined && !found)
    throw new Error(`--backend is "${backend}". Use one of ${BACKENDS.join(", ")}.`);
  return { backends: found && [found], json, help };
}

/** One line that is written over, where somebody watches. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function main(args: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = commandOf(args);
  } catch (error) {
    console.error(`chainrule: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  const { backends, json, help } = command;
  if (help) {
    console.log(HELP);
    return 0;
  }
  const webgpu = webgpuVersion();
  const diagnosis = await diagnose({
    // The report has the self-test in it.
    open: (backend) => openDevice({ backend, fallback: () => import("./gpujs.ts"), selfTest: false }),
    host: { engine: engineName(), webgpu, advice: gpuAdvice(webgpu) },
    backends,
    onProgress: (backend, what, done) => showProgress(`${backend} ${Math.round(100 * done)} % ${what}`),
  });
  showProgress("");
  console.log(json ? JSON.stringify(diagnosis, undefined, 2) : printDiagnosis(diagnosis));
  return diagnosis.ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
