// A plan made ready for gpu.js: lowered to steps, then bound to buffers.

import { DeviceError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host_tensor.ts";
import type { Value } from "../../graph/op.ts";
import { byReference } from "../../oracle/references.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Bound, DeviceBuffer, Executable } from "../device.ts";
import { isMissed } from "./coverage.ts";
import type { Engine } from "./engine.ts";
import { kept, type GpujsBuffer } from "./gpujs_buffer.ts";
import { lowerNode } from "./lower.ts";
import { asType, isTexture, type Numbers } from "./numbers.ts";
import type { BufferPlace, Place } from "./place.ts";
import { recorded } from "./record.ts";
import type { ReferenceStep, Step, Steps } from "./steps.ts";

/** Lowers a plan. gpu.js compiles a kernel when it first runs. */
export function prepare(engine: Engine, plan: Plan): Executable {
  const dispatches = plan.dispatches.map(({ node }) => lowerNode(node, plan));
  return { bind: (buffers) => new GpujsBound(engine, dispatches, buffers) };
}

/** What a plan has that gpu.js cannot compute, such as `add i32,i32→i32`. Their references run, on the CPU. */
export function missedBy(plan: Plan): string[] {
  const steps = plan.dispatches.flatMap(({ node }) => lowerNode(node, plan).steps);
  const missed = steps.flatMap((step) =>
    step.kind === "reference" && isMissed(step.node) ? [step.node] : [],
  );
  const types = (values: readonly Value[]): string => values.map(({ dtype }) => dtype).join();
  return [
    ...new Set(missed.map(({ op, inputs, outputs }) => `${op.name} ${types(inputs)}→${types(outputs)}`)),
  ];
}

/** Values between the steps of a dispatch, by their numbers. */
type Own = Map<number, Numbers>;

class GpujsBound implements Bound {
  private readonly engine: Engine;
  private readonly dispatches: readonly Steps[];
  private readonly buffers: readonly DeviceBuffer[];
  private destroyed = false;

  constructor(engine: Engine, dispatches: readonly Steps[], buffers: readonly DeviceBuffer[]) {
    this.engine = engine;
    this.dispatches = dispatches;
    this.buffers = buffers;
    // Refuses what another device made now, not at the first run.
    for (const buffer of buffers) kept(buffer, engine);
  }

  run(): void {
    this.alive();
    for (const dispatch of this.dispatches) this.runOne(dispatch);
  }

  runDispatch(index: number): void {
    this.alive();
    const dispatch = this.dispatches[index];
    if (dispatch) this.runOne(dispatch);
  }

  async time(index: number, repeats: number): Promise<number> {
    this.engine.finish();
    const started = performance.now();
    for (let i = 0; i < repeats; i++) this.runDispatch(index);
    this.engine.finish();
    return performance.now() - started;
  }

  destroy(): void {
    this.destroyed = true;
  }

  private alive(): void {
    if (this.destroyed) throw new DeviceError("gpujs: the program was disposed. Compile it again.");
    this.engine.expectAlive();
  }

  private runOne({ steps, results }: Steps): void {
    const own: Own = new Map();
    for (const step of steps) this.runStep(step, own);
    // All is read before anything is written.
    const made = results.map(({ from }) => held(this.get(from, own), from));
    results.forEach(({ to }, i) => this.buffer(to).put(to, made[i] ?? new Float32Array()));
    for (const numbers of own.values()) if (isTexture(numbers)) numbers.delete();
  }

  private runStep(step: Step, own: Own): void {
    switch (step.kind) {
      case "kernel": {
        const { kernel, output } = step;
        own.set(output.number, this.engine.run(kernel, kernel.arrays.map((place) => this.get(place, own)))); // prettier-ignore
        return;
      }
      case "reference":
        return this.runReference(step, own);
      case "record": {
        const [ring, count] = recorded(this.engine, step, (place) => this.get(place, own));
        own.set(step.nextRing.number, ring).set(step.nextStep.number, count);
      }
    }
  }

  private runReference({ node, inputs, outputs }: ReferenceStep, own: Own): void {
    const tensor = ({ shape, dtype }: Value, i: number): HostTensor => {
      const place = inputs[i];
      return { shape, dtype, data: asType(dtype, place ? this.get(place, own) : new Float32Array()) };
    };
    const made = byReference(node.op, node.inputs.map(tensor), node.attrs, "f32");
    outputs.forEach(({ number }, i) => own.set(number, made[i]?.data ?? new Float32Array()));
  }

  private get(place: Place, own: Own): Numbers {
    return place.in === "buffer"
      ? this.buffer(place).get(place)
      : (own.get(place.number) ?? new Float32Array());
  }

  private buffer({ index }: BufferPlace): GpujsBuffer {
    return kept(this.buffers[index], this.engine);
  }
}

/** The numbers, as they stay when buffers are written. */
function held(numbers: Numbers, from: Place): Numbers {
  if (isTexture(numbers)) return numbers.clone();
  return from.in === "buffer" ? numbers.slice() : numbers;
}
