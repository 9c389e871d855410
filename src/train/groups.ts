// Batches in groups, each of which makes one update.

export interface Grouped<Batch> {
  readonly batch: Batch;
  readonly first: boolean;
  readonly last: boolean;
}

/** `size` batches a group; the last may have fewer, and is known to end because each batch that may is held until the next one comes. */
export async function* groups<Batch>(
  batches: AsyncIterable<Batch>,
  size: number,
): AsyncGenerator<Grouped<Batch>> {
  let held: Batch | undefined;
  let at = 0;
  for await (const batch of batches) {
    if (held !== undefined) yield { batch: held, first: at++ === 0, last: false };
    held = undefined;
    if (at < size - 1) held = batch;
    else {
      yield { batch, first: at === 0, last: true };
      at = 0;
    }
  }
  if (held !== undefined) yield { batch: held, first: at === 0, last: true };
}
