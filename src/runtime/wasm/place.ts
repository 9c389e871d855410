// Where a value lies, as plans of kernels know it before any memory is allocated.

export type Place =
  /** One of the plan's buffers. */
  | { readonly in: "buffer"; readonly index: number }
  /** At an offset in the memory that a program has for itself. */
  | { readonly in: "scratch"; readonly offset: number }
  /** In the block of a product that an epilogue is called with: rows of `width` elements, from the epilogue's first row on. */
  | { readonly in: "block"; readonly width: number };

export const placeKey = (place: Place): string => JSON.stringify(place);
