// Bytes as Node's Buffer gives them, for both test projects.

class SharingBytes extends Uint8Array<ArrayBuffer> {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    // A plain view: subarray alone would make another SharingBytes.
    const view = this.subarray(start, end);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
}

/** A copy whose `slice` gives views instead of copies. */
export function sharingBytes(bytes: Uint8Array): Uint8Array {
  const shared = new SharingBytes(new ArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
