// The programs that predict: one a shape of inputs, kept for the next.

import { compile } from "../compile.ts";
import { expectDType } from "../core/dtype.ts";
import { expectFinite, type HostTensor } from "../core/host_tensor.ts";
import { formatShape } from "../core/shape.ts";
import type { Layer } from "../nn/index.ts";
import type { Device } from "../runtime/device.ts";
import type { DeviceTensor } from "../runtime/device_tensor.ts";
import type { Program } from "../runtime/program.ts";
import { spec } from "../trace/trace.ts";
import { cached, disposeAll } from "./cached.ts";
import type { TrainState } from "./state.ts";
import { predictionStep } from "./step.ts";

export class Predictors {
  private readonly device: Device;
  private readonly model: Layer;
  private readonly state: TrainState<DeviceTensor>;
  private readonly programs = new Map<string, Promise<Program<DeviceTensor>>>();

  constructor(device: Device, model: Layer, state: TrainState<DeviceTensor>) {
    this.device = device;
    this.model = model;
    this.state = state;
  }

  async predict(x: HostTensor): Promise<HostTensor> {
    expectDType("predict", "x", x.dtype, "f32");
    expectFinite("predict: x", x);
    const { params, layers } = this.state;
    const program = await cached(this.programs, formatShape(x.shape), () =>
      compile(this.device, predictionStep(this.model), params, layers, spec(x.shape)),
    );
    program.run(undefined, undefined, x);
    return program.read();
  }

  dispose(): Promise<void> {
    return disposeAll(this.programs.values());
  }
}
