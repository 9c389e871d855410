// A kernel as data: a shader's text, what fills its slots, what it binds, and its uniform. No GPU objects.

import { wgslType, type Param, type Shader } from "../graph/kernel.ts";
import type { Value } from "../graph/op.ts";

export type Access = "read" | "read_write";

/** A storage buffer that a kernel binds; binding 0 is the uniform, these follow in order. */
export interface Binding {
  readonly name: string;
  readonly access: Access;
  readonly value: Value;
  /** Of a buffer that several share, all is bound, and `home` says where the value lies; or, of this binding, its part alone. */
  readonly part?: boolean;
}

export interface Kernel {
  readonly shader: Shader;
  readonly constants: Readonly<Record<string, number>>;
  readonly slots: Readonly<Record<string, string>>;
  readonly bindings: readonly Binding[];
  readonly params: readonly Param[];
  readonly grid: readonly [x: number, y: number];
  readonly flops: number;
}

/** What makes two kernels one pipeline: all but the numbers in the uniform and the buffers. */
export const kernelKey = ({ shader, constants, slots }: Kernel): string =>
  JSON.stringify([shader.name, constants, slots]);

/** The declaration of a binding, as WGSL. */
export const declareBinding = ({ name, access, value }: Binding, index: number): string =>
  `@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<${wgslType[value.dtype]}>;`;

/** The uniform's bytes: scalars of four bytes, vec4 aligned to 16 and, in our shaders, always first. */
export function packParams(params: readonly Param[]): ArrayBuffer {
  const words = params.reduce((sum, { type }) => sum + (type === "vec4<u32>" ? 4 : 1), 0);
  const bytes = new ArrayBuffer(Math.max(1, Math.ceil(words / 4)) * 16);
  const view = new DataView(bytes);
  let at = 0;
  for (const { type, value } of params)
    for (const number of typeof value === "number" ? [value] : value) {
      if (type === "f32") view.setFloat32(at, number, true);
      else if (type === "i32") view.setInt32(at, number, true);
      else view.setUint32(at, number, true);
      at += 4;
    }
  return bytes;
}
