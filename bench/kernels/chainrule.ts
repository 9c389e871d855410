// The kernels as chainrule runs them: a compiled function of tensors that it is bound to.

import { compile, nn, openDevice, profile, upload, type Device, type Tensor } from "chainrule";
import { version } from "../../package.json";
import { openWasm } from "../contenders/chainrule_wasm.ts";
import { webgpu } from "../webgpu.ts";
import type { Kernel } from "./cases.ts";
import type { KernelContender, KernelLibrary } from "./contender.ts";
import { EPSILON, type KernelProblem } from "./problem.ts";

export const chainrule = async (): Promise<KernelLibrary> =>
  onDevice(await openDevice({ backend: "webgpu", selfTest: false }), "webgpu");

export async function chainruleWasm(threads: number): Promise<KernelLibrary> {
  const { device, backend } = await openWasm(threads);
  return onDevice(device, backend);
}

/** `backend`: as a report calls it. */
export const onDevice = (device: Device, backend: string): KernelLibrary => ({
  name: "chainrule",
  version,
  backend,
  api: device.backend === "webgpu" ? webgpu : undefined,
  can: () => true,
  create: (problem) => create(device, problem),
});

async function create(device: Device, { kernel, inputs }: KernelProblem): Promise<KernelContender> {
  const operands = inputs.map((input) => upload(device, input));
  const program = await compile(device, functionOf(kernel), ...operands);
  const result = program.outputs;
  return {
    run: () => void program.run(),
    async first() {
      const [value = NaN] = new Float32Array(await device.read(result.buffer, 4));
      return value;
    },
    result: () => result.read(),
    // A wait for the end of a run would be most of a short one's time by the clock.
    ...(device.backend === "webgpu" && {
      deviceTime: async () => (await profile(program, { ceilings: false })).milliseconds,
    }),
    async dispose() {
      program.dispose();
      for (const operand of operands) operand.dispose();
    },
  };
}

type OfTensors = (x: Tensor, y?: Tensor, z?: Tensor) => Tensor;

function functionOf(kernel: Kernel): OfTensors {
  if (kernel.kind === "softmax") return (x) => x.softmax();
  if (kernel.kind === "layerNorm") {
    const layer = nn.layerNorm(kernel.columns, { epsilon: EPSILON });
    return (x, weight, bias) =>
      layer.apply({ weight: given(weight), bias: given(bias) }, {}, x, { training: false })[0];
  }
  const { layout } = kernel;
  return (a, b) =>
    (layout === "TN" ? a.transpose() : a).matmul(layout === "NT" ? given(b).transpose() : given(b));
}

function given(tensor: Tensor | undefined): Tensor {
  if (!tensor) throw new Error("bench: the kernel lacks an operand");
  return tensor;
}
