// The inputs of a program that its caller gives: found among the arguments of a run, checked, and written to their
// buffers. All are checked before any is written.

import type { HostArray } from "../core/dtype.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { hostTensor, isHostTensor, tensor, type HostTensor, type Nested } from "../core/host_tensor.ts";
import { formatShape, sameShape, sizeOf } from "../core/shape.ts";
import type { Input } from "../graph/graph.ts";
import type { Device, DeviceBuffer } from "./device.ts";
import { asDType, isDeviceTensor, type DeviceTensor } from "./device_tensor.ts";

/** Data for an input: what it holds already when it is left out. */
export type Argument = HostTensor | HostArray | Nested | DeviceTensor | undefined;

/** How an input is found among the arguments of `run`: the argument's number, then keys. */
export type ArgumentPath = readonly (string | number)[];

interface Slot {
  readonly input: Input;
  readonly path: ArgumentPath;
  readonly buffer: DeviceBuffer;
  /** What the next write puts there. */
  next: HostArray | undefined;
  given: boolean;
  /** A scalar that was written as a number: the same number again needs no write. */
  number: number | undefined;
}

export interface Arguments {
  /** Throws ShapeError where an argument does not fit and ValueError where one was never given. */
  write(device: Device, args: readonly unknown[]): void;
}

export function argumentsFor(
  inputs: readonly { input: Input; path: ArgumentPath; buffer: DeviceBuffer }[],
): Arguments {
  const slots = inputs.map((found): Slot => ({
    ...found,
    next: undefined,
    given: sizeOf(found.input.value.shape) === 0,
    number: undefined,
  }));
  let complete = false;
  return {
    write(device, args) {
      for (const slot of slots) slot.next = nextOf(slot, lookup(args, slot.path));
      if (!complete) {
        const missing = slots.filter(({ given, next }) => !given && !next).map(({ input }) => input.name);
        if (missing.length)
          throw new ValueError(`run: ${missing.join(", ")} was never given. Pass it to the first run.`);
        complete = true;
      }
      for (const slot of slots) {
        if (!slot.next) continue;
        device.write(slot.buffer, slot.next);
        const argument = lookup(args, slot.path);
        slot.number = typeof argument === "number" ? argument : undefined;
        slot.given = true;
        slot.next = undefined;
      }
    },
  };
}

function lookup(args: readonly unknown[], path: ArgumentPath): Argument {
  let found: unknown = args;
  for (const key of path) found = (found as Record<string | number, unknown> | undefined)?.[key];
  return found as Argument;
}

function nextOf(slot: Slot, argument: Argument): HostArray | undefined {
  const { name, value } = slot.input;
  if (argument === undefined || (typeof argument === "number" && argument === slot.number)) return undefined;
  if (isDeviceTensor(argument))
    throw new ValueError(
      `run: ${name} is a device tensor. Bind it when compiling, in the place of its spec, or read() it first.`,
    );
  if (ArrayBuffer.isView(argument)) {
    if (argument.length !== sizeOf(value.shape))
      throw new ShapeError(
        `run: ${name} is ${formatShape(value.shape)}, but ${argument.length} elements were given. Pass ${sizeOf(value.shape)}.`,
      );
    return converted(argument, slot.input);
  }
  const given = isHostTensor(argument)
    ? hostTensor(argument.data, argument.shape)
    : tensor(nested(name, argument));
  if (!sameShape(given.shape, value.shape))
    throw new ShapeError(
      `run: ${name} is ${formatShape(value.shape)}, but ${formatShape(given.shape)} was given. Reshape it.`,
    );
  return converted(given.data, slot.input);
}

function nested(name: string, argument: unknown): Nested {
  if (typeof argument === "number" || Array.isArray(argument)) return argument as Nested;
  const what =
    argument === null
      ? "null"
      : typeof argument === "object"
        ? "an object without data"
        : `a ${typeof argument}`;
  throw new ValueError(
    `run: ${name} is ${what}. Pass a tensor, a typed array, a number or nested arrays of numbers.`,
  );
}

/** The data in the input's type. Throws ValueError where whole numbers would lose something. */
function converted(data: HostArray, { name, value: { dtype } }: Input): HostArray {
  const made = asDType(data, dtype);
  if (made === data || dtype === "f32") return made;
  const at = data.findIndex((x: number, i: number) => made[i] !== x);
  if (at >= 0)
    throw new ValueError(
      `run: ${name} is ${dtype}, which does not hold ${data[at]} (element ${at}). Round it, or correct it.`,
    );
  return made;
}
