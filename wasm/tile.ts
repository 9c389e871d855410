// The heart of a product: 5×8 elements of C in registers, over a stretch of K.

/**
 * Rows and columns of a tile. Ten sums, two vectors of B, a number of A and a product just fit into the 15 registers that
 * V8 has for them on x86; two rows more, or a loop that is unrolled or tested at its end, take up to twice the time.
 */
export const ROWS: i32 = 5;
export const COLUMNS: i32 = 8;

/** x·y + sum: rounded once where the build may use relaxed SIMD, else twice. */
function multiplyAdd(x: v128, y: v128, sum: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(x, y, sum) : f32x4.add(sum, f32x4.mul(x, y));
}

/**
 * C = A·B, or C + A·B unless `fresh`, for `depth` columns of a packed panel of A, five numbers each, and rows of one of B,
 * eight each. `row` is the bytes between rows of C.
 */
export function tile(a: usize, b: usize, depth: i32, c: usize, row: usize, fresh: bool): void {
  const c1 = c + row;
  const c2 = c1 + row;
  const c3 = c2 + row;
  const c4 = c3 + row;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  let s40 = s00;
  let s41 = s00;
  if (!fresh) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
    s40 = v128.load(c4);
    s41 = v128.load(c4, 16);
  }
  const end = a + ((<usize>depth * ROWS) << 2);
  while (a < end) {
    const y0 = v128.load(b);
    const y1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = multiplyAdd(x, y0, s00);
    s01 = multiplyAdd(x, y1, s01);
    x = v128.load32_splat(a, 4);
    s10 = multiplyAdd(x, y0, s10);
    s11 = multiplyAdd(x, y1, s11);
    x = v128.load32_splat(a, 8);
    s20 = multiplyAdd(x, y0, s20);
    s21 = multiplyAdd(x, y1, s21);
    x = v128.load32_splat(a, 12);
    s30 = multiplyAdd(x, y0, s30);
    s31 = multiplyAdd(x, y1, s31);
    x = v128.load32_splat(a, 16);
    s40 = multiplyAdd(x, y0, s40);
    s41 = multiplyAdd(x, y1, s41);
    a += ROWS * 4;
    b += COLUMNS * 4;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c4, s40);
  v128.store(c4, s41, 16);
}
