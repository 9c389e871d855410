// Where a value lies, as plans of kernels know it before any memory is allocated.

export type Place =
  /** At an offset in one of the plan's buffers, in bytes. */
  | { readonly in: "buffer"; readonly index: number; readonly offset: number }
  /** At an offset in the memory that a program has for itself. */
  | { readonly in: "scratch"; readonly offset: number }
  /** In the block of a product that an epilogue is called with: rows of `width` elements, from the epilogue's first row on. */
  | { readonly in: "block"; readonly width: number };

export const placeKey = (place: Place): string => JSON.stringify(place);
