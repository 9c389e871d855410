// The one WebAssembly memory in which all buffers of a device lie, handed out piece by piece.

import { LimitError } from "../../core/errors.ts";
import { MOST_PAGES } from "./emit/binary.ts";

const PAGE = 65536;
/** Pieces begin at whole cache lines. */
const ALIGNMENT = 64;

interface Piece {
  readonly at: number;
  readonly size: number;
}

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Free pieces by address, never two in touch. */
  private free: Piece[] = [];
  private readonly sizes = new Map<number, number>();
  private end = ALIGNMENT;

  constructor(shared: boolean) {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared });
  }

  /** The address of `bytes` zeros. Throws LimitError where the engine gives no more memory; `name` says for what it is. */
  allocate(bytes: number, name: string): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const fits = this.free
      .filter((piece) => piece.size >= size)
      .sort((p, q) => p.size - q.size || p.at - q.at);
    const [best] = fits;
    const at = best ? this.cut(best, size) : this.extend(size, name);
    this.sizes.set(at, size);
    return at;
  }

  release(at: number): void {
    const size = this.sizes.get(at);
    if (size === undefined) return;
    this.sizes.delete(at);
    const pieces = [...this.free, { at, size }].sort((p, q) => p.at - q.at);
    this.free = [];
    for (const piece of pieces) {
      const last = this.free.at(-1);
      if (last && last.at + last.size === piece.at)
        this.free[this.free.length - 1] = { at: last.at, size: last.size + piece.size };
      else this.free.push(piece);
    }
  }

  /** Memory may move when it grows: views are made anew each time. */
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  private cut(piece: Piece, size: number): number {
    const rest = { at: piece.at + size, size: piece.size - size };
    this.free = this.free.flatMap((other) => (other !== piece ? [other] : rest.size ? [rest] : []));
    this.bytes(piece.at, size).fill(0);
    return piece.at;
  }

  private extend(size: number, name: string): number {
    const at = this.end;
    const missing = at + size - this.memory.buffer.byteLength;
    if (missing > 0) this.grow(Math.ceil(missing / PAGE), size, name);
    this.end = at + size;
    return at;
  }

  private grow(pages: number, size: number, name: string): void {
    try {
      this.memory.grow(pages);
    } catch (error) {
      throw new LimitError(
        `${name}: ${size} bytes more than the ${this.end} in use are not to be had from WebAssembly's memory. Use a smaller batch, or dispose of what is no longer needed.`,
        { cause: error },
      );
    }
  }
}
