// What is compared: one kernel on operands that lie on the device, run again and again by one library.

import { hostTensor, type HostTensor } from "chainrule";
import type { Api } from "../api.ts";
import type { Contender, Library } from "../contender.ts";
import type { Kernel } from "./cases.ts";
import { errorOf, type KernelProblem } from "./problem.ts";

export interface KernelContender {
  /**
   * Queues one run that cannot be left out. Waits for nothing, unless the library is to be waited for now and then: it is
   * fastest so.
   */
  run(): void | Promise<void>;
  /** Waits for all queued runs; gives the first element of the last result, and reads no more than that. */
  first(): Promise<number>;
  /** Waits for all queued runs; gives the last result. */
  result(): Promise<HostTensor>;
  /** Milliseconds of one run on the device itself, by its own clock, where the library can tell. */
  deviceTime?(): Promise<number | undefined>;
  dispose(): Promise<void>;
}

/** What is noted of a contender beside its times. */
export interface Notes {
  /** How far a result is from the exact one, each time that one is read. */
  error(error: number): void;
  /** What a run takes on the device itself, at the end. */
  deviceTime(milliseconds: number | undefined): void;
}

export interface KernelLibrary {
  readonly name: string;
  readonly version: string;
  readonly backend: string;
  /** How it reaches the GPU; undefined where it computes on the CPU. */
  readonly api: Api | undefined;
  /** False where it has no such kernel. */
  can(kernel: Kernel): boolean;
  /** Uploads the operands and compiles what can be compiled before the first run. */
  create(problem: KernelProblem): Promise<KernelContender>;
}

/**
 * The library as the benchmark of training steps measures one: a step is a run, the loss is the result's first element,
 * the weights are the result.
 */
export const asLibrary = (
  { name, version, backend, api, create }: KernelLibrary,
  notes: Notes,
): Library<KernelProblem> => ({
  name,
  version,
  backend,
  api,
  async create(problem): Promise<Contender> {
    const contender = await create(problem);
    return {
      step: () => contender.run(),
      loss: () => contender.first(),
      async weights() {
        const result = await contender.result();
        notes.error(errorOf(problem, result));
        return [{ weight: result, bias: hostTensor(new Float32Array(0), [0]) }];
      },
      async dispose() {
        notes.deviceTime(await contender.deviceTime?.());
        await contender.dispose();
      },
    };
  },
});
