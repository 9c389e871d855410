// A value's numbers: in JavaScript's memory, or in a texture.

import { allocate, type DType, type HostArray } from "../../core/dtype.ts";
import type { Nested, Texture } from "./library.ts";

export type Numbers = HostArray | Texture;

export const isTexture = (numbers: Numbers): numbers is Texture => !ArrayBuffer.isView(numbers);

/** In JavaScript's memory: a texture is read, which waits for the GPU. */
export const onHost = (numbers: Numbers): HostArray =>
  isTexture(numbers) ? flat(numbers.toArray()) : numbers;

/** As kernels take them. */
export const asFloats = (numbers: Numbers): Float32Array | Texture =>
  isTexture(numbers) || numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);

/** Kernels make floats of bools. */
export function asType(dtype: DType, numbers: Numbers): HostArray {
  const data = onHost(numbers);
  if (dtype === "f32" || !(data instanceof Float32Array)) return data;
  const typed = allocate(dtype, data.length);
  typed.set(data);
  return typed;
}

/** Rows within rows, as one list. */
export function flat(nested: Nested): Float32Array {
  if (nested instanceof Float32Array) return nested;
  const parts = nested.map(flat);
  const whole = new Float32Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
