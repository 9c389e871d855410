// A buffer: bytes in JavaScript's memory, and textures of what kernels put into it, which are read when someone asks for bytes.

import { bytesFor, viewAs, type HostArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { expectKept, type DeviceBuffer } from "../device.ts";
import type { Texture } from "./library.ts";
import { asType, isTexture, type Numbers } from "./numbers.ts";
import type { Place } from "./place.ts";

/** Which part of the buffer. */
type Part = Pick<Place, "dtype" | "size"> & { readonly offset: number };

interface Sheet {
  readonly texture: Texture;
  readonly part: Part;
  /** Whether the bytes are the same. */
  isRead: boolean;
}

export class GpujsBuffer implements DeviceBuffer {
  readonly label: string;
  readonly byteLength: number;
  /** The device that made it, by its engine. */
  readonly owner: object;
  destroyed = false;
  private memory: ArrayBuffer;
  private sheets: Sheet[] = [];

  constructor(owner: object, byteLength: number, label: string) {
    this.owner = owner;
    this.byteLength = byteLength;
    this.label = label;
    this.memory = new ArrayBuffer(byteLength);
  }

  /** Numbers of a value, where they are. */
  get(part: Part): Numbers {
    const sheet = this.sheets.find(
      ({ part: { offset, size } }) => offset === part.offset && size === part.size,
    );
    return sheet?.texture ?? this.view(part);
  }

  /** Numbers of a value, in this buffer's bytes: not to be written. */
  view(part: Part): HostArray {
    for (const sheet of this.sheets) if (meet(sheet.part, part)) this.read(sheet);
    return viewAs(part.dtype, this.memory, part.offset, part.size);
  }

  /** Takes over a texture, or copies an array. What meets the part is a value that nobody reads any more. */
  put(part: Part, numbers: Numbers): void {
    this.sheets = this.sheets.filter((sheet) => {
      if (meet(sheet.part, part)) sheet.texture.delete();
      return !meet(sheet.part, part);
    });
    if (isTexture(numbers)) this.sheets.push({ texture: numbers, part, isRead: false });
    else viewAs(part.dtype, this.memory, part.offset, part.size).set(numbers);
  }

  /** Into any part of what is there. */
  write(bytes: Uint8Array, byteOffset: number): void {
    const part = { dtype: "u8", size: bytes.length, offset: byteOffset } as const;
    for (const sheet of this.sheets)
      if (!isWithin(sheet.part, part) && meet(sheet.part, part)) this.read(sheet);
    this.put(part, bytes);
  }

  bytes(byteOffset: number, byteLength: number): ArrayBuffer {
    this.view({ dtype: "u8", size: byteLength, offset: byteOffset });
    return this.memory.slice(byteOffset, byteOffset + byteLength);
  }

  destroy(): void {
    for (const { texture } of this.sheets) texture.delete();
    this.sheets = [];
    this.memory = new ArrayBuffer(0);
    this.destroyed = true;
  }

  private read(sheet: Sheet): void {
    const { dtype, offset, size } = sheet.part;
    if (!sheet.isRead) viewAs(dtype, this.memory, offset, size).set(asType(dtype, sheet.texture));
    sheet.isRead = true;
  }
}

const end = ({ dtype, size, offset }: Part): number =>
  offset + (dtype === "u8" ? size : bytesFor(dtype, size));
const meet = (p: Part, q: Part): boolean => p.offset < end(q) && q.offset < end(p);
const isWithin = (p: Part, q: Part): boolean => q.offset <= p.offset && end(p) <= end(q);

/** Throws DeviceError for a buffer of another device, or one that was freed. */
export function kept(buffer: DeviceBuffer | undefined, owner: object): GpujsBuffer {
  if (!(buffer instanceof GpujsBuffer) || buffer.owner !== owner)
    throw new DeviceError("gpujs: a buffer of another device was passed. Move its data through the host.");
  expectKept(buffer);
  return buffer;
}
