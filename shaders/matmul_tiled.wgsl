// C = op(A)·op(B), batched, each transposed or not: A's element (m, k) lies at m·a_row + k·a_depth, B's (k, n) at
// k·b_depth + n·b_column. The tiled family: a workgroup copies a square tile of A and one of B, TK deep, into workgroup
// memory, where its invocations share them; each computes TM × TN elements in registers. Its rows lie WY apart and its
// columns WX, so that neighbouring invocations read and write neighbours.
// @slot library

struct Params {
  // Batch axes, innermost first, and how far A and B move along each: 0 where they are broadcast.
  batch_sizes: vec4<u32>,
  batch_a: vec4<u32>,
  batch_b: vec4<u32>,
  m: u32,
  n: u32,
  k: u32,
  a_row: u32,
  a_depth: u32,
  b_depth: u32,
  b_column: u32,
  tiles_m: u32,
  tiles_n: u32,
  tiles: u32,
  // @slot fields
}

@group(0) @binding(0) var<uniform> params: Params;
// @slot a
@group(0) @binding(1) var<storage, read> a: array<f32>;
// @end
// @slot b
@group(0) @binding(2) var<storage, read> b: array<f32>;
// @end
// @slot bindings
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
// @end

const WX: u32 = 8u; // @constant
const WY: u32 = 8u; // @constant
const TM: u32 = 4u; // @constant
const TN: u32 = 4u; // @constant
const TK: u32 = 16u; // @constant
// Elements of A, and of B, that lie side by side and are loaded at once: 1 or 4.
const A_WIDTH: u32 = 1u; // @constant
const B_WIDTH: u32 = 1u; // @constant
// How often one invocation loads of each for a tile.
const A_LOADS: u32 = 8u; // @constant
const B_LOADS: u32 = 8u; // @constant
const BATCHED: u32 = 1u; // @constant
// 1: also sum B over k, the gradient of a bias that is added to every row.
const COLUMN_SUMS: u32 = 0u; // @constant

const LANES = WX * WY;
const SIDE = WY * TM;
const_assert SIDE == WX * TN;
const_assert A_LOADS * A_WIDTH * LANES == SIDE * TK && B_LOADS * B_WIDTH * LANES == SIDE * TK;
// So that all loads of an invocation lie at one depth, or in one row.
const_assert LANES % TK == 0u && LANES % SIDE == 0u;
const_assert TK % 4u == 0u;

// At (depth, row) and (depth, column). Two elements of padding: what is copied across lands in 32 different banks.
const STRIDE = SIDE + 2u;
var<workgroup> a_tile: array<f32, TK * STRIDE>;
var<workgroup> b_tile: array<f32, TK * STRIDE>;

// As many elements as the width has.
// @slot load_a
fn load_a(at: u32) -> vec4<f32> {
  return vec4<f32>(a[at], 0.0, 0.0, 0.0);
}
// @end
// @slot load_b
fn load_b(at: u32) -> vec4<f32> {
  return vec4<f32>(b[at], 0.0, 0.0, 0.0);
}
// @end

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // Barriers are for all: a workgroup past the last tile works on, and stores nothing.
  let tile = group.y * groups.x + group.x;
  let exists = tile < params.tiles;
  // @slot prelude
  let batch = tile / (params.tiles_m * params.tiles_n);
  let tile_row = ((tile / params.tiles_n) % params.tiles_m) * SIDE;
  let tile_column = (tile % params.tiles_n) * SIDE;
  let first_row = tile_row + local.y;
  let first_column = tile_column + local.x;

  var a_start = 0u;
  var b_start = 0u;
  if (BATCHED != 0u) {
    var rest = batch;
    for (var g = 0u; g < 4u; g++) {
      a_start += (rest % params.batch_sizes[g]) * params.batch_a[g];
      b_start += (rest % params.batch_sizes[g]) * params.batch_b[g];
      rest = rest / params.batch_sizes[g];
    }
  }

  // Neighbours load neighbours: along k where it is contiguous, else along rows or columns.
  let a_along = params.a_depth == 1u;
  let a_side = select((lane * A_WIDTH) % SIDE, (lane * A_WIDTH) / TK, a_along);
  let a_side_step = select(0u, LANES * A_WIDTH / TK, a_along);
  let a_deep = select((lane * A_WIDTH) / SIDE, (lane * A_WIDTH) % TK, a_along);
  let a_deep_step = select(LANES * A_WIDTH / SIDE, 0u, a_along);
  let a_next = select(1u, STRIDE, a_along);
  let b_along = params.b_depth == 1u;
  let b_side = select((lane * B_WIDTH) % SIDE, (lane * B_WIDTH) / TK, b_along);
  let b_side_step = select(0u, LANES * B_WIDTH / TK, b_along);
  let b_deep = select((lane * B_WIDTH) / SIDE, (lane * B_WIDTH) % TK, b_along);
  let b_deep_step = select(LANES * B_WIDTH / SIDE, 0u, b_along);
  let b_next = select(1u, STRIDE, b_along);

  // Rows and columns past the end are clamped; only their stores are guarded. What has width ends with its side.
  var a_at: array<u32, A_LOADS>; // @scalars
  for (var l = 0u; l < A_LOADS; l++) { // @unroll
    let row = min(tile_row + a_side + l * a_side_step, params.m - select(A_WIDTH, 1u, a_along));
    // @slot row
    let picked = row;
    // @end
    a_at[l] = a_start + picked * params.a_row;
  }
  var b_at: array<u32, B_LOADS>; // @scalars
  for (var l = 0u; l < B_LOADS; l++) { // @unroll
    let column = min(tile_column + b_side + l * b_side_step, params.n - select(B_WIDTH, 1u, b_along));
    b_at[l] = b_start + column * params.b_column;
  }

  var sums: array<array<f32, TN>, TM>; // @scalars
  var column_sums: array<f32, TN>; // @scalars
  var b_value: array<f32, TN>; // @scalars
  for (var k = 0u; k < params.k; k += TK) {
    // Past the end of k both factors are 0; multiplying by 0 would let an infinity through.
    for (var l = 0u; l < A_LOADS; l++) { // @unroll
      let in_tile = a_deep + l * a_deep_step;
      let depth = min(k + in_tile, params.k - select(1u, A_WIDTH, a_along));
      // @slot depth
      let a_depth = depth * params.a_depth;
      // @end
      let loaded = select(vec4<f32>(), load_a(a_at[l] + a_depth), k + in_tile < params.k);
      let first = in_tile * STRIDE + a_side + l * a_side_step;
      for (var w = 0u; w < A_WIDTH; w++) { // @unroll
        a_tile[first + w * a_next] = loaded[w];
      }
    }
    for (var l = 0u; l < B_LOADS; l++) { // @unroll
      let in_tile = b_deep + l * b_deep_step;
      let depth = min(k + in_tile, params.k - select(1u, B_WIDTH, b_along));
      let loaded = select(vec4<f32>(), load_b(b_at[l] + depth * params.b_depth), k + in_tile < params.k);
      let first = in_tile * STRIDE + b_side + l * b_side_step;
      for (var w = 0u; w < B_WIDTH; w++) { // @unroll
        b_tile[first + w * b_next] = loaded[w];
      }
    }
    workgroupBarrier();
    for (var p = 0u; p < TK; p += 4u) {
      for (var u = 0u; u < 4u; u++) { // @unroll
        for (var j = 0u; j < TN; j++) { // @unroll
          b_value[j] = b_tile[(p + u) * STRIDE + local.x + j * WX];
          if (COLUMN_SUMS != 0u) {
            column_sums[j] += b_value[j];
          }
        }
        for (var i = 0u; i < TM; i++) { // @unroll
          let a_value = a_tile[(p + u) * STRIDE + local.y + i * WY];
          for (var j = 0u; j < TN; j++) { // @unroll
            sums[i][j] += a_value * b_value[j];
          }
        }
      }
    }
    // The next tiles may overwrite these only when all have read them.
    workgroupBarrier();
  }

  for (var i = 0u; i < TM; i++) { // @unroll
    let m = first_row + i * WY;
    let row = batch * params.m + m;
    for (var j = 0u; j < TN; j++) { // @unroll
      let n = first_column + j * WX;
      if (exists && m < params.m && n < params.n) {
        let index = row * params.n + n;
        let value = sums[i][j];
        // @slot store
        c[index] = value;
        // @end
      }
    }
  }
  if (COLUMN_SUMS != 0u && exists && first_row == 0u) {
    for (var j = 0u; j < TN; j++) { // @unroll
      let n = first_column + j * WX;
      if (n < params.n) {
        let column_sum = column_sums[j];
        // @slot store_columns
      }
    }
  }
}
