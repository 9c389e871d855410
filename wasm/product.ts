// Products by blocks: B packed once, then blocks of rows, each finished and handed to the maps that follow while it is in
// the cache (Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication").

import { packA, packB, panelOfA, panelOfB, touchColumnsOfA } from "./pack";
import { Product, RECORD } from "./record";
import { COLUMNS, ROWS, tile } from "./tile";

/** Rows of a block, of which as many columns of op(A) are packed at once: for the second cache. */
const BLOCK: i32 = 60;
const PACKED: i32 = 1024;
/** Of these, as many columns are multiplied at once, by panels of B that stay in the first cache. */
const DEPTH: i32 = 256;
/** Elements of C that may be gone through again and again: 2 MiB. */
const TALL: i32 = 0x80000;

// The scratch memory of a thread: a copy of a record, a packed block of A, a tile that ends outside C, a block of C, and,
// where it computes whole matrices of a batch, B.
const PACKED_A: usize = RECORD;
const EDGE: usize = PACKED_A + BLOCK * (PACKED + 4) * 4;
const BLOCK_C: usize = EDGE + ROWS * COLUMNS * 4;

/** B, packed, for all threads. */
let shared: usize = 0;
/** This thread's own. */
let own: usize = 0;
/** How many there are. */
let threads: i32 = 1;

/** Sets where the scratch memory lies, and among how many threads blocks are divided. */
export function setScratch(sharedAt: usize, ownAt: usize, threadCount: i32): void {
  shared = sharedAt;
  own = ownAt;
  threads = threadCount;
}

function panelsOf(p: Product): i32 {
  return (p.n + COLUMNS - 1) / COLUMNS;
}

/** Rows of a block: blocks are of about one size, in whole tiles, and as many for each thread where they are large enough. */
function rowsOf(p: Product): i32 {
  const blocks = (p.m + BLOCK - 1) / BLOCK;
  const even = ((blocks + threads - 1) / threads) * threads;
  return roundUp((p.m + even - 1) / max(1, even), ROWS);
}

function roundUp(x: i32, step: i32): i32 {
  return x + step - 1 - ((x + step - 1) % step);
}

function bytesOfB(p: Product): usize {
  return <usize>panelsOf(p) * panelOfB(p.k);
}

function bytesOfC(p: Product): usize {
  return p.c ? 0 : (<usize>(isTall(p) ? p.m : BLOCK) * <usize>p.n) << 2;
}

/** Whether op(A) is Xᵀ for many rows of X, of which a block needs but a piece of each, and C is small: a weight's gradient. */
function isTall(p: Product): bool {
  return p.aTransposed !== 0 && p.k > 2 * DEPTH && p.m > BLOCK && p.m * p.n <= TALL;
}

/** Bytes of scratch memory that a product needs: for all threads together, and for each. */
export function sharedBytes(params: usize): usize {
  const p = changetype<Product>(params);
  return p.batch === 1 ? bytesOfB(p) : 0;
}

export function ownBytes(params: usize): usize {
  const p = changetype<Product>(params);
  return BLOCK_C + bytesOfC(p) + (p.batch === 1 ? 0 : bytesOfB(p));
}

/** How many panels and blocks there are. */
export function panels(params: usize): i32 {
  return panelsOf(changetype<Product>(params));
}

export function blocks(params: usize): i32 {
  const p = changetype<Product>(params);
  return (p.m + rowsOf(p) - 1) / rowsOf(p);
}

/** Packs panels `from` … `to` - 1 of B, eight columns each. */
export function packPanels(from: i32, to: i32, params: usize, _: usize): void {
  const p = changetype<Product>(params);
  packB(shared + <usize>from * panelOfB(p.k), p, from, to);
}

/** Computes blocks `from` … `to` - 1 of rows of C, with B packed before. */
export function multiplyBlocks(from: i32, to: i32, params: usize, _: usize): void {
  const p = changetype<Product>(params);
  const rows = rowsOf(p);
  const end = min(to * rows, p.m);
  multiplyRows(p, from * rows, end, shared);
}

/** Computes products `from` … `to` - 1 of a batch. */
export function multiplyMatrices(from: i32, to: i32, params: usize, _: usize): void {
  const all = changetype<Product>(params);
  const p = changetype<Product>(own);
  const b = own + BLOCK_C + bytesOfC(all);
  for (let i = from; i < to; i++) {
    memory.copy(own, params, RECORD);
    let rest = i;
    const i0 = rest % p.size0;
    rest /= p.size0;
    const i1 = rest % p.size1;
    rest /= p.size1;
    const i2 = rest % p.size2;
    const i3 = rest / p.size2;
    p.a += (<usize>(i0 * p.a0 + i1 * p.a1 + i2 * p.a2 + i3 * p.a3)) << 2;
    p.b += (<usize>(i0 * p.b0 + i1 * p.b1 + i2 * p.b2 + i3 * p.b3)) << 2;
    if (p.c) p.c += (<usize>(i * p.m * p.n)) << 2;
    if (p.picks) p.picks += (<usize>(i * p.pickStep)) << 2;
    p.firstRow = i * p.m;
    packB(b, p, 0, panelsOf(p));
    multiplyRows(p, 0, p.m, b);
  }
}

/** Computes rows `row` … `end` - 1 of C. */
function multiplyRows(p: Product, row: i32, end: i32, b: usize): void {
  const rows = rowsOf(p);
  // A tall op(A) is read once, stretch by stretch of K, through all rows of C; any other once for each block.
  const step = isTall(p) ? end - row : rows;
  for (; row < end; row += step) {
    const last = min(row + step, end);
    const c = p.c ? p.c + ((<usize>row * <usize>p.cRow) << 2) : own + BLOCK_C;
    multiplyPart(p, row, last, b, c);
    if (p.epilogue >= 0) call_indirect<void>(p.epilogue, p.firstRow + row, p.firstRow + last, p.params, c);
  }
}

/** The same without the epilogue; `c` is where row `row` goes. */
function multiplyPart(p: Product, row: i32, end: i32, b: usize, c: usize): void {
  const cRow = (<usize>p.cRow) << 2;
  if (p.k === 0) {
    for (let i = row; i < end; i++, c += cRow) memory.fill(c, 0, (<usize>p.n) << 2);
    return;
  }
  const rows = rowsOf(p);
  const a = own + PACKED_A;
  // Stretches of about one length: a short last one would cost as much to store as a long one.
  const stretch = evenPart(p.k, DEPTH);
  const packed = isTall(p) ? stretch : (PACKED / stretch) * stretch;
  for (let from = 0; from < p.k; from += packed) {
    const depth = min(packed, p.k - from);
    if (isTall(p)) touchColumnsOfA(a, p, row, end, from, depth);
    for (let i = row; i < end; i += rows) {
      const count = min(rows, end - i);
      packA(a, p, i, count, from, depth);
      for (let k = 0; k < depth; k += stretch)
        multiplyStretch(p, a, depth, b, from, k, min(stretch, depth - k), c + <usize>(i - row) * cRow, count);
    }
  }
}

/** The length of equal parts of `whole`, none longer than `most`. */
function evenPart(whole: i32, most: i32): i32 {
  const parts = (whole + most - 1) / most;
  return (whole + parts - 1) / parts;
}

/**
 * Adds A·B over `stretch` columns of op(A), from column `k` of those that are packed on, `depth` of them from column
 * `from` on.
 */
function multiplyStretch(
  p: Product,
  a: usize,
  depth: i32,
  b: usize,
  from: i32,
  k: i32,
  stretch: i32,
  c: usize,
  rows: i32,
): void {
  const cRow = (<usize>p.cRow) << 2;
  const fresh = from + k === 0;
  a += (<usize>k * ROWS) << 2;
  b += (<usize>(from + k) * COLUMNS) << 2;
  for (let j = 0; j < p.n; j += COLUMNS, b += panelOfB(p.k)) {
    let left = a;
    for (let i = 0; i < rows; i += ROWS, left += panelOfA(depth)) {
      const to = c + <usize>i * cRow + ((<usize>j) << 2);
      if (rows - i >= ROWS && p.n - j >= COLUMNS) tile(left, b, stretch, to, cRow, fresh);
      else edgeTile(left, b, stretch, to, cRow, fresh, min(ROWS, rows - i), min(COLUMNS, p.n - j));
    }
  }
}

/** A tile of which only `rows` and `columns` are in C. */
function edgeTile(
  a: usize,
  b: usize,
  depth: i32,
  c: usize,
  cRow: usize,
  fresh: bool,
  rows: i32,
  columns: i32,
): void {
  const edge = own + EDGE;
  if (!fresh) copyTile(edge, COLUMNS * 4, c, cRow, rows, columns);
  tile(a, b, depth, edge, COLUMNS * 4, fresh);
  copyTile(c, cRow, edge, COLUMNS * 4, rows, columns);
}

function copyTile(to: usize, toRow: usize, from: usize, fromRow: usize, rows: i32, columns: i32): void {
  for (let i = 0; i < rows; i++, to += toRow, from += fromRow)
    for (let j: usize = 0; j < (<usize>columns) << 2; j += 4) store<f32>(to + j, load<f32>(from + j));
}
