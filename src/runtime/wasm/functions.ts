// The functions of a device in one table, by which programs call them: the fixed ones, and those that were made for plans.
// Equal ones are one: what a second program needs is there already, and the engine has made it fast.

import { moduleOf } from "./emit/binary.ts";

export class Functions {
  readonly table = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
  private readonly memory: WebAssembly.Memory;
  private readonly isShared: boolean;
  /** Told of each module whose functions were added, by its exports. */
  onModule: (module: WebAssembly.Module, names: readonly string[]) => Promise<void> = async () => undefined;
  private readonly slots = new Map<string, number>();
  private ready: Promise<unknown> = Promise.resolve();

  constructor(memory: WebAssembly.Memory, isShared: boolean) {
    this.memory = memory;
    this.isShared = isShared;
  }

  /** Adds a function that is compiled already. */
  add(key: string, made: WebAssembly.ExportValue | undefined): number {
    if (!made)
      throw new RangeError("wasm: a module lacks a function. This is a bug in chainrule: please report it.");
    const slot = this.table.grow(1, made);
    this.slots.set(key, slot);
    return slot;
  }

  /** Compiles those that are not there yet. */
  async compile(bodies: readonly (readonly number[])[]): Promise<void> {
    // One after the other: two plans may need the same.
    const made = this.ready.then(() => this.compileMissing(bodies));
    this.ready = made.catch(() => undefined);
    await made;
  }

  slot(key: string): number {
    const slot = this.slots.get(key);
    if (slot === undefined) throw new RangeError("wasm: a kernel was not compiled.");
    return slot;
  }

  private async compileMissing(bodies: readonly (readonly number[])[]): Promise<void> {
    const missing = new Map(bodies.map((body) => [keyOf(body), body] as const));
    for (const key of this.slots.keys()) missing.delete(key);
    if (missing.size === 0) return;
    const module = await WebAssembly.compile(moduleOf([...missing.values()], this.isShared));
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: this.memory } });
    const keys = [...missing.keys()];
    await this.onModule(
      module,
      keys.map((_, i) => String(i)),
    );
    keys.forEach((key, i) => this.add(key, exports[String(i)]));
  }
}

/** A body as a key of the table. */
export const keyOf = (body: readonly number[]): string =>
  body.map((byte) => String.fromCharCode(byte)).join("");
