// WebAssembly modules as bytes (core specification 2.0, chapter 5), as far as generated kernels need them: functions of one
// type, over a memory that is imported.

/** Value types, by their bytes. */
export const I32 = 0x7f;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof V128;

/** What every kernel is called with; see `Parameters` in code.ts. */
const PARAMETERS = [I32, I32, I32, I32];
/** What the fixed kernels ask for too: all of the memory that 32 bits reach. */
export const MOST_PAGES = 65536;

/** LEB128. */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  for (; n >= 0x80; n = Math.floor(n / 0x80)) bytes.push((n % 0x80) | 0x80);
  return [...bytes, n];
}

/** LEB128 of the 32 bits of `n`, read as signed. */
export function signed(n: number): number[] {
  const bytes: number[] = [];
  for (n |= 0; n < -0x40 || n >= 0x40; n >>= 7) bytes.push((n & 0x7f) | 0x80);
  return [...bytes, n & 0x7f];
}

/** The four bytes of an f32. */
export const float = (x: number): number[] => [...new Uint8Array(Float32Array.of(x).buffer)];

const counted = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, items: readonly (readonly number[])[]): number[] => [
  id,
  ...sized(counted(items)),
];
const text = (name: string): number[] => sized([...new TextEncoder().encode(name)]);

/** The body of a function: its locals and its code, with the end. */
export function functionBody(locals: readonly ValueType[], code: readonly number[]): number[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return sized([...counted(runs.map(({ type, count }) => [...unsigned(count), type])), ...code, 0x0b]);
}

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of functions with the given bodies, exported as "0", "1", …; `shared` says of what kind its memory is. */
export function moduleOf(bodies: readonly (readonly number[])[], shared: boolean): Uint8Array<ArrayBuffer> {
  const memory = [2, shared ? 3 : 1, ...unsigned(0), ...unsigned(MOST_PAGES)];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, [[0x60, ...sized(PARAMETERS), 0]]),
    ...section(2, [[...text("env"), ...text("memory"), ...memory]]),
    ...section(
      3,
      bodies.map(() => [0]),
    ),
    ...section(
      7,
      bodies.map((_, i) => [...text(String(i)), 0, ...unsigned(i)]),
    ),
    ...section(10, bodies),
  ]);
}
