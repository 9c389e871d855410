// What was measured before, as it lies in storage: names of kernels by product, as JSON. What is read is not trusted.

import type { TextStorage } from "../storage.ts";

export type KernelNames = Readonly<Record<string, string>>;

export class TunedStore {
  private readonly storage: TextStorage | undefined;
  private readonly key: string;
  private warned = false;

  /** Without storage, nothing is kept. */
  constructor(storage: TextStorage | undefined, key: string) {
    this.storage = storage;
    this.key = key;
  }

  /** Nothing where there is none, where storage fails and where it holds something else; it warns of the last two. */
  async read(): Promise<KernelNames> {
    let text: unknown;
    try {
      text = await this.storage?.getItem(this.key);
    } catch (error) {
      this.warn(`storage.getItem failed (${String(error)}). Kernels are measured again.`);
    }
    if (text === undefined || text === null) return {};
    const found = parse(text);
    if (!found)
      this.warn(
        `what storage has under "${this.key}" is not what was put there. Kernels are measured again.`,
      );
    return found ?? {};
  }

  /** Adds to what is there, which another page may have written. */
  async add(names: KernelNames): Promise<void> {
    if (!this.storage) return;
    const all = { ...(await this.read()), ...names };
    try {
      await this.storage.setItem(this.key, JSON.stringify(all));
    } catch (error) {
      this.warn(`storage.setItem failed (${String(error)}). What was measured is lost with this device.`);
    }
  }

  /** Once: what fails will fail again. */
  warn(what: string): void {
    if (!this.warned) console.warn(`autotune: ${what}`);
    this.warned = true;
  }
}

function parse(text: unknown): KernelNames | undefined {
  try {
    const found: unknown = JSON.parse(String(text));
    if (found === null || typeof found !== "object" || Array.isArray(found)) return undefined;
    return Object.values(found).every((name) => typeof name === "string")
      ? (found as KernelNames)
      : undefined;
  } catch {
    return undefined;
  }
}
