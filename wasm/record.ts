// What a product is told, as the host lays it out in memory: words of four bytes, in this order.

/** C = op(A)·op(B): C is (M,N), op(A) is (M,K), op(B) is (K,N). Strides are in elements, pointers in bytes. */
@unmanaged
export class Product {
  a: usize;
  b: usize;
  /** 0: each block of C is a scratch block, which the epilogue reads. */
  c: usize;
  m: i32;
  n: i32;
  k: i32;
  /** From a row of A to the next, and whether these are the columns of op(A): 1, or 0. */
  aStride: i32;
  aTransposed: i32;
  /** The same of B. */
  bStride: i32;
  bTransposed: i32;
  /** From one row of C to the next. */
  cRow: i32;
  /** u32 numbers of the rows of A, as it lies in memory, that are multiplied; 0: all of them in order. */
  picks: usize;
  /** 1: A holds bytes, each of which is multiplied by `scale`. */
  bytes: i32;
  scale: f32;
  /** The function to call with each block of C that is finished; -1: none. */
  epilogue: i32;
  /** What it is told. */
  params: usize;
  /** How many products there are, along up to four axes, the innermost first. */
  batch: i32;
  size0: i32;
  size1: i32;
  size2: i32;
  size3: i32;
  /** From a matrix to the next along these axes. */
  a0: i32;
  a1: i32;
  a2: i32;
  a3: i32;
  b0: i32;
  b1: i32;
  b2: i32;
  b3: i32;
  /** Numbers of picked rows for each. */
  pickStep: i32;
  /** Rows of C before this matrix. */
  firstRow: i32;
}

export const RECORD: usize = 128;
