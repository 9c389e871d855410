// The programs that predict: one a shape of inputs, kept for the next.

import { compile } from "../compile.ts";
import { cachedPromise } from "../core/cached.ts";
import { expectDType } from "../core/dtype.ts";
import { expectFinite, type HostTensor } from "../core/host_tensor.ts";
import { formatShape } from "../core/shape.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { spec } from "../trace/trace.ts";
import { disposeAll } from "./programs.ts";
import { predictionStep } from "./step.ts";
import type { Training } from "./step_program.ts";

export interface Predictors {
  predict(x: HostTensor): Promise<HostTensor>;
  dispose(): Promise<void>;
}

export function predictorsOf({ device, options, state }: Training): Predictors {
  const programs = new Map<string, Promise<Program<DeviceTensor>>>();
  return {
    async predict(x) {
      expectDType("predict", "x", x.dtype, "f32");
      expectFinite("predict: x", x);
      const program = await cachedPromise(programs, formatShape(x.shape), () =>
        compile(device, predictionStep(options.model), state.params, state.layers, spec(x.shape)),
      );
      program.run(undefined, undefined, x);
      return program.read();
    },
    dispose: () => disposeAll(programs.values()),
  };
}
