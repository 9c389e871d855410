// A plan made ready for WebAssembly: lowered and compiled, then bound to buffers as a list of jobs.

import { DeviceError } from "../../core/errors.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Bound, DeviceBuffer, Executable } from "../device.ts";
import { JOB, Layout } from "./layout.ts";
import { lowerNode } from "./lower.ts";
import { Scratch } from "./scratch.ts";
import type { Machine } from "./machine.ts";
import type { Place } from "./place.ts";
import { runReference } from "./reference.ts";
import type { ReferenceStep, Step } from "./steps.ts";
import { kept } from "./wasm_buffer.ts";

/** Lowers a plan and compiles its kernels. */
export async function prepare(machine: Machine, plan: Plan): Promise<Executable> {
  const scratch = new Scratch();
  const steps = plan.dispatches.map(({ node }) => lowerNode(node, plan, scratch));
  await machine.functions.compile(steps.flat().flatMap(bodiesOf));
  return { bind: (buffers) => new WasmBound(machine, steps, scratch.size, buffers) };
}

function bodiesOf(step: Step): readonly (readonly number[])[] {
  if (step.kind === "kernel") return [step.kernel.body];
  return step.kind === "product" && step.epilogue ? [step.epilogue.body] : [];
}

/** Names of the ops of a plan that have no kernel here: their references run. */
export function referencesOf(plan: Plan): string[] {
  const steps = plan.dispatches.flatMap(({ node }) => lowerNode(node, plan, new Scratch()));
  return [...new Set(steps.flatMap((step) => (step.kind === "reference" ? [step.node.op.name] : [])))];
}

/** Jobs by their numbers, from one up to another. */
interface Jobs {
  readonly from: number;
  to: number;
}

type Part = Jobs | ReferenceStep;

class WasmBound implements Bound {
  private readonly machine: Machine;
  private readonly buffers: readonly DeviceBuffer[];
  private readonly pieces: readonly number[];
  private readonly scratch: number;
  private readonly jobs: number;
  /** Of each dispatch, and of all, with the jobs that follow each other together. */
  private readonly dispatches: readonly (readonly Part[])[];
  private readonly whole: readonly Part[];
  private destroyed = false;

  constructor(
    machine: Machine,
    steps: readonly (readonly Step[])[],
    scratchSize: number,
    buffers: readonly DeviceBuffer[],
  ) {
    this.machine = machine;
    this.buffers = buffers;
    this.scratch = machine.heap.allocate(scratchSize, "a program's own memory");
    const layout = new Layout(machine, (place) => this.address(place));
    this.dispatches = steps.map((some) => joined(some.map((step) => partOf(layout, step))));
    this.whole = joined(this.dispatches.flat());
    this.jobs = layout.finish();
    this.pieces = [this.scratch, ...layout.pieces];
    machine.reserve(layout.sharedBytes, layout.ownBytes);
  }

  run(): void {
    this.runParts(this.whole);
  }

  runDispatch(index: number): void {
    this.runParts(this.dispatches[index] ?? []);
  }

  async time(index: number, repeats: number): Promise<number> {
    const started = performance.now();
    for (let i = 0; i < repeats; i++) this.runDispatch(index);
    return performance.now() - started;
  }

  destroy(): void {
    if (!this.destroyed) for (const piece of this.pieces) this.machine.heap.release(piece);
    this.destroyed = true;
  }

  private runParts(parts: readonly Part[]): void {
    if (this.destroyed) throw new DeviceError("wasm: the program was disposed. Compile it again.");
    this.machine.alive();
    const { machine } = this;
    const { heap } = machine;
    for (const buffer of this.buffers) kept(buffer, heap);
    for (const part of parts)
      if ("kind" in part) runReference(part, heap.memory, (place) => this.address(place));
      else machine.run(this.jobs + JOB * part.from, this.jobs + JOB * part.to);
  }

  private address(place: Place): number {
    if (place.in === "scratch") return this.scratch + place.offset;
    const buffer = place.in === "buffer" ? this.buffers[place.index] : undefined;
    if (!buffer)
      throw new DeviceError("wasm: the plan lacks a buffer. This is a bug in chainrule: please report it.");
    return kept(buffer, this.machine.heap).address + (place.in === "buffer" ? place.offset : 0);
  }
}

/** Adds the jobs of a step, if it has some. */
function partOf(layout: Layout, step: Step): Part {
  if (step.kind === "reference") return step;
  const from = layout.jobCount;
  if (step.kind === "kernel") layout.kernel(step.kernel);
  else layout.product(step);
  return { from, to: layout.jobCount };
}

/** Jobs that follow each other as one part. */
function joined(parts: readonly Part[]): Part[] {
  const made: Part[] = [];
  for (const part of parts) {
    const last = made.at(-1);
    if (!("kind" in part) && last && !("kind" in last) && last.to === part.from) last.to = part.to;
    else made.push("kind" in part ? part : { ...part });
  }
  return made;
}
