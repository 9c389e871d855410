// Packing: stretches of A and B are copied into panels that the tile reads from end to end, whatever their layout was.

import { Product } from "./record";
import { COLUMNS, ROWS } from "./tile";

/** Four numbers from A; of bytes, each times `scale`. */
function fourOf(from: usize, bytes: bool, scale: v128): v128 {
  if (!bytes) return v128.load(from);
  const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
  return f32x4.mul(f32x4.convert_i32x4_s(words), scale);
}

function oneOf(from: usize, bytes: bool, scale: f32): f32 {
  return bytes ? <f32>load<u8>(from) * scale : load<f32>(from);
}

/** Stores the transpose of four rows: `to` gets the first elements of all four, then the second ones, … `step` bytes apart. */
function storeTransposed(to: usize, step: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * step, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * step, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** Element `index` of a list of row numbers, or the index itself where there is none. */
function picked(picks: usize, index: i32): usize {
  return picks ? load<usize>(picks + ((<usize>index) << 2)) : <usize>index;
}

/** Bytes from one panel of A to the next: a line more than it holds, so that panels do not share the lines of a cache. */
export function panelOfA(depth: i32): usize {
  return (<usize>(depth + 4) * ROWS) << 2;
}

export function panelOfB(depth: i32): usize {
  return (<usize>(depth + 2) * COLUMNS) << 2;
}

/**
 * Rows `row` … of op(A), `rows` of them, over `depth` columns from `from` on: panels of five rows, column by column. Rows
 * that a last panel lacks repeat the last one there is.
 */
export function packA(to: usize, p: Product, row: i32, rows: i32, from: i32, depth: i32): void {
  if (!p.aTransposed)
    for (let i = 0; i < rows; i += ROWS, to += panelOfA(depth))
      packRowsOfA(to, p, row + i, min(ROWS, rows - i), from, depth);
  else packColumnsOfA(to, p, row, rows, from, depth);
}

/** Reads a word of each line, and gives something of all. */
function touched(from: usize, bytes: usize): i32 {
  let some = 0;
  for (const end = from + bytes - 4; from < end; from += 64) some |= load<i32>(from);
  return some;
}

/** Brings rows `row` … `end` - 1 of op(A), over `depth` columns from `from` on, into a cache; they lie in columns. */
export function touchColumnsOfA(to: usize, p: Product, row: i32, end: i32, from: i32, depth: i32): void {
  const shift = p.bytes !== 0 ? 0 : 2;
  const length = (<usize>(end - row)) << shift;
  let some = 0;
  for (let k = from; k < from + depth; k++)
    some |= touched(p.a + ((picked(p.picks, k) * <usize>p.aStride + <usize>row) << shift), length);
  store<i32>(to, some);
}

/** Five rows that lie apart, each in one piece. */
function packRowsOfA(to: usize, p: Product, row: i32, rows: i32, from: i32, depth: i32): void {
  const bytes = p.bytes !== 0;
  const shift = bytes ? 0 : 2;
  const scale = f32x4.splat(p.scale);
  const a = p.a + ((<usize>from) << shift);
  const stride = (<usize>p.aStride) << shift;
  const last = rows - 1;
  let r0 = a + picked(p.picks, row) * stride;
  let r1 = a + picked(p.picks, row + min(1, last)) * stride;
  let r2 = a + picked(p.picks, row + min(2, last)) * stride;
  let r3 = a + picked(p.picks, row + min(3, last)) * stride;
  let r4 = a + picked(p.picks, row + last) * stride;
  // Picked rows lie anywhere: asked for all at once, their lines are under way together, and not one after the other.
  if (p.picks) {
    const length = (<usize>depth) << shift;
    const some = touched(r0, length) | touched(r1, length) | touched(r2, length) | touched(r3, length);
    store<i32>(to, some | touched(r4, length));
  }
  let left = depth;
  for (; left >= 4; left -= 4) {
    const v0 = fourOf(r0, bytes, scale);
    const v1 = fourOf(r1, bytes, scale);
    const v2 = fourOf(r2, bytes, scale);
    const v3 = fourOf(r3, bytes, scale);
    const v4 = fourOf(r4, bytes, scale);
    storeTransposed(to, ROWS * 4, v0, v1, v2, v3);
    v128.store32_lane(to, v4, 0, 16);
    v128.store32_lane(to, v4, 1, 36);
    v128.store32_lane(to, v4, 2, 56);
    v128.store32_lane(to, v4, 3, 76);
    to += ROWS * 16;
    r0 += 4 << shift;
    r1 += 4 << shift;
    r2 += 4 << shift;
    r3 += 4 << shift;
    r4 += 4 << shift;
  }
  for (; left > 0; left--) {
    store<f32>(to, oneOf(r0, bytes, p.scale));
    store<f32>(to, oneOf(r1, bytes, p.scale), 4);
    store<f32>(to, oneOf(r2, bytes, p.scale), 8);
    store<f32>(to, oneOf(r3, bytes, p.scale), 12);
    store<f32>(to, oneOf(r4, bytes, p.scale), 16);
    to += ROWS * 4;
    r0 += 1 << shift;
    r1 += 1 << shift;
    r2 += 1 << shift;
    r3 += 1 << shift;
    r4 += 1 << shift;
  }
}

/** Rows whose elements of one column lie side by side. */
function packColumnsOfA(to: usize, p: Product, row: i32, rows: i32, from: i32, depth: i32): void {
  const bytes = p.bytes !== 0;
  const shift = bytes ? 0 : 2;
  const scale = f32x4.splat(p.scale);
  const a = p.a + ((<usize>row) << shift);
  const stride = (<usize>p.aStride) << shift;
  const panel = panelOfA(depth);
  const whole = rows - (rows % ROWS);
  for (let k = 0; k < depth; k++, to += ROWS * 4) {
    const at = a + picked(p.picks, from + k) * stride;
    let into = to;
    for (let i = 0; i < whole; i += ROWS, into += panel) {
      const four = at + ((<usize>i) << shift);
      v128.store(into, fourOf(four, bytes, scale));
      store<f32>(into, oneOf(four + (4 << shift), bytes, p.scale), 16);
    }
    if (whole < rows)
      for (let r = 0; r < ROWS; r++) {
        const one = at + ((<usize>min(whole + r, rows - 1)) << shift);
        store<f32>(into + ((<usize>r) << 2), oneOf(one, bytes, p.scale));
      }
  }
}

/** Panels that are packed together: their rows are a few lines of B. */
const TOGETHER: i32 = 16;

/** Panels `panel` … of B, eight columns each, over all of K, row by row. Columns that the last one lacks are zeros. */
export function packB(to: usize, p: Product, panel: i32, end: i32): void {
  const whole = min(end, p.n / COLUMNS);
  while (panel < whole) {
    const count = p.bTransposed ? 1 : min(TOGETHER, whole - panel);
    const at = p.b + columnOfB(p, panel * COLUMNS);
    if (p.bTransposed) packColumnsOfB(to, p, at);
    else packRowsOfB(to, p, at, count);
    panel += count;
    to += <usize>count * panelOfB(p.k);
  }
  if (panel < end) {
    const column = panel * COLUMNS;
    packEdgeOfB(to, p, p.b + columnOfB(p, column), p.n - column);
  }
}

/** Bytes from the first column of op(B) to another. */
function columnOfB(p: Product, column: i32): usize {
  return (<usize>column * (p.bTransposed ? <usize>p.bStride : 1)) << 2;
}

function packEdgeOfB(to: usize, p: Product, at: usize, columns: i32): void {
  const row: usize = p.bTransposed ? 4 : (<usize>p.bStride) << 2;
  for (let i = 0; i < p.k; i++, to += COLUMNS * 4, at += row)
    for (let j = 0; j < COLUMNS; j++)
      store<f32>(to + ((<usize>j) << 2), j < columns ? load<f32>(at + columnOfB(p, j)) : 0);
}

/** Columns whose elements of one row lie side by side. */
function packRowsOfB(to: usize, p: Product, at: usize, panels: i32): void {
  const stride = (<usize>p.bStride) << 2;
  const panel = panelOfB(p.k);
  const row = <usize>panels * COLUMNS * 4;
  for (let i = 0; i < p.k; i++, to += COLUMNS * 4, at += stride) {
    let into = to;
    for (let from = at; from < at + row; from += COLUMNS * 4, into += panel) {
      v128.store(into, v128.load(from));
      v128.store(into, v128.load(from, 16), 16);
    }
  }
}

/** Eight columns that lie apart, each in one piece: two panels of four, side by side. */
function packColumnsOfB(to: usize, p: Product, at: usize): void {
  const stride = (<usize>p.bStride) << 2;
  for (let half = 0; half < 2; half++, to += 16, at += 4 * stride) {
    let from = at;
    let into = to;
    let left = p.k;
    for (; left >= 4; left -= 4, from += 16, into += 4 * COLUMNS * 4)
      storeTransposed(
        into,
        COLUMNS * 4,
        v128.load(from),
        v128.load(from + stride),
        v128.load(from + 2 * stride),
        v128.load(from + 3 * stride),
      );
    for (; left > 0; left--, from += 4, into += COLUMNS * 4)
      for (let j: usize = 0; j < 4; j++) store<f32>(into + 4 * j, load<f32>(from + j * stride));
  }
}
