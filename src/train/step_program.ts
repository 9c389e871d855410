// The program of a training step on data that lies on the device.

import { compileStep } from "../compile.ts";
import type { Device } from "../runtime/device.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { hyper, spec, type InputSpec } from "../trace/trace.ts";
import type { Settings } from "./settings.ts";
import type { TrainState } from "./state.ts";
import { trainStep } from "./step.ts";

/** A training step returns nothing: its loss and metrics are in the ring. */
export type StepProgram = Program<readonly []>;

/** What all programs of a trainer share. */
export interface Training {
  readonly device: Device;
  readonly options: Settings;
  readonly state: TrainState<DeviceTensor>;
}

/** Where a batch is found: rows (B) of x (N, …) and y (N, …), bytes times `scale`. */
export interface BatchSource {
  readonly x: DeviceTensor;
  readonly y: DeviceTensor;
  readonly rows: DeviceTensor | InputSpec;
  readonly scale: number;
}

const flag = spec([], "bool", "hyper");

/** With the update, or one that only adds up gradients for it. */
export function stepProgram(
  { device, options, state }: Training,
  { scale, ...data }: BatchSource,
  updates: boolean,
): Promise<StepProgram> {
  const { model, loss, optimizer, metrics, clipNorm, accumulate } = options;
  const step = trainStep(model, loss, optimizer, { scale, metrics, clipNorm, updates });
  const inputs = { ...data, learningRate: hyper() };
  if (accumulate === 1) return compileStep(device, step, state, inputs);
  return compileStep(device, step, state, { ...inputs, group: { carry: flag, examples: hyper() } });
}
