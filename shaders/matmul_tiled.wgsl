// C = op(A)·op(B), batched, each transposed or not: A's element (m, k) lies at m·a_row + k·a_depth, B's (k, n) at
// k·b_depth + n·b_column. The tiled family: a workgroup copies a tile of A and one of B, TK deep, into workgroup memory,
// where its invocations share them; each computes TM × TN elements in registers. Tiles hold vectors of four neighbours,
// as the matrix has them: along k, and an invocation's rows lie WY apart; or along rows, and it has them in fours.
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
// Parts of a workgroup, each with tiles of its own, that share the sums: each takes every WZ-th tile along k.
const WZ: u32 = 1u; // @constant
// 1: A's neighbours, or B's, lie along k; 0: they are of other rows, or columns.
const A_ALONG: u32 = 1u; // @constant
const B_ALONG: u32 = 0u; // @constant
// 4: whole vectors of neighbours can be loaded; 1: the sides are not multiples of four.
const A_WIDTH: u32 = 1u; // @constant
const B_WIDTH: u32 = 1u; // @constant
// Vectors that one invocation loads of each for a tile.
const A_LOADS: u32 = 2u; // @constant
const B_LOADS: u32 = 2u; // @constant
const BATCHED: u32 = 1u; // @constant
// 1: also sum B over k, the gradient of a bias that is added to every row.
const COLUMN_SUMS: u32 = 0u; // @constant

const LANES = WX * WY;
const ROWS = WY * TM;
const COLUMNS = WX * TN;
const_assert TM % 4u == 0u && TN % 4u == 0u && TK % 4u == 0u;
const_assert A_LOADS * LANES * 4u == ROWS * TK && B_LOADS * LANES * 4u == COLUMNS * TK;

// In vectors. One of padding where neighbours read rows: an odd distance spreads them over all banks.
const A_STRIDE = select(ROWS / 4u, TK / 4u + 1u, A_ALONG == 1u);
const B_STRIDE = select(COLUMNS / 4u, TK / 4u + 1u, B_ALONG == 1u);
const A_SIZE = select(TK, ROWS, A_ALONG == 1u) * A_STRIDE;
const B_SIZE = select(TK, COLUMNS, B_ALONG == 1u) * B_STRIDE;
// Also what one part has summed, on its way to the first.
var<workgroup> a_tile: array<vec4<f32>, max(WZ * A_SIZE, select(0u, LANES * TM * TN / 4u, WZ > 1u))>;
var<workgroup> b_tile: array<vec4<f32>, max(WZ * B_SIZE, select(0u, LANES * TN / 4u, WZ > 1u))>;

// How far a vector's elements lie along k, where its end can be among them.
const A_DEPTHS = select(vec4<u32>(), vec4<u32>(0u, 1u, 2u, 3u), A_ALONG == 1u && A_WIDTH == 1u);
const B_DEPTHS = select(vec4<u32>(), vec4<u32>(0u, 1u, 2u, 3u), B_ALONG == 1u && B_WIDTH == 1u);

// @slot value_a
fn value_a(at: u32) -> f32 {
  return a[at];
}
// @end
// @slot value_b
fn value_b(at: u32) -> f32 {
  return b[at];
}
// @end

// An element and its neighbours, of which the last one that there is lies so far.
// @slot load_a
fn load_a(at: u32, last: u32) -> vec4<f32> {
  return vec4<f32>(value_a(at), value_a(at + min(1u, last)), value_a(at + min(2u, last)), value_a(at + min(3u, last)));
}
// @end
// @slot load_b
fn load_b(at: u32, last: u32) -> vec4<f32> {
  return vec4<f32>(value_b(at), value_b(at + min(1u, last)), value_b(at + min(2u, last)), value_b(at + min(3u, last)));
}
// @end

@compute @workgroup_size(WX, WY, WZ)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let lane = local.y * WX + local.x;
  // Barriers are for all: a workgroup past the last tile works on, and stores nothing.
  let tile = group.y * groups.x + group.x;
  let exists = tile < params.tiles;
  // @slot prelude
  let batch = tile / (params.tiles_m * params.tiles_n);
  let tile_row = ((tile / params.tiles_n) % params.tiles_m) * ROWS;
  let tile_column = (tile % params.tiles_n) * COLUMNS;

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

  // What an invocation copies: from where, how deep along k, how far from the last of its side, and to where. Rows and
  // columns past the end are clamped; only their stores are guarded.
  var a_at: array<u32, A_LOADS>; // @scalars
  var a_deep: array<u32, A_LOADS>; // @scalars
  var a_last: array<u32, A_LOADS>; // @scalars
  var a_to: array<u32, A_LOADS>; // @scalars
  for (var l = 0u; l < A_LOADS; l++) { // @unroll
    let place = lane + l * LANES;
    let side = select(place % (ROWS / 4u) * 4u, place / (TK / 4u), A_ALONG == 1u);
    a_deep[l] = select(place / (ROWS / 4u), place % (TK / 4u) * 4u, A_ALONG == 1u);
    let row = min(tile_row + side, params.m - select(A_WIDTH, 1u, A_ALONG == 1u));
    // @slot row
    let picked = row;
    // @end
    a_at[l] = a_start + picked * params.a_row;
    a_last[l] = params.m - 1u - row;
    let across = select(a_deep[l] * A_STRIDE + side / 4u, side * A_STRIDE + a_deep[l] / 4u, A_ALONG == 1u);
    a_to[l] = local.z * A_SIZE + across;
  }
  var b_at: array<u32, B_LOADS>; // @scalars
  var b_deep: array<u32, B_LOADS>; // @scalars
  var b_last: array<u32, B_LOADS>; // @scalars
  var b_to: array<u32, B_LOADS>; // @scalars
  for (var l = 0u; l < B_LOADS; l++) { // @unroll
    let place = lane + l * LANES;
    let side = select(place % (COLUMNS / 4u) * 4u, place / (TK / 4u), B_ALONG == 1u);
    b_deep[l] = select(place / (COLUMNS / 4u), place % (TK / 4u) * 4u, B_ALONG == 1u);
    let column = min(tile_column + side, params.n - select(B_WIDTH, 1u, B_ALONG == 1u));
    b_at[l] = b_start + column * params.b_column;
    b_last[l] = params.n - 1u - column;
    let across = select(b_deep[l] * B_STRIDE + side / 4u, side * B_STRIDE + b_deep[l] / 4u, B_ALONG == 1u);
    b_to[l] = local.z * B_SIZE + across;
  }

  var a_next: array<vec4<f32>, A_LOADS>; // @scalars
  var b_next: array<vec4<f32>, B_LOADS>; // @scalars
  var a_values: array<vec4<f32>, TM>; // @scalars
  var b_values: array<vec4<f32>, TN>; // @scalars
  var b_value: array<f32, TN>; // @scalars
  var sums: array<array<f32, TN>, TM>; // @scalars
  var column_sums: array<f32, TN>; // @scalars
  for (var first_k = 0u; first_k < params.k; first_k += TK * WZ) {
    let k = first_k + local.z * TK;
    // Past the end of k both factors are 0; multiplying by 0 would let an infinity through.
    for (var l = 0u; l < A_LOADS; l++) { // @unroll
      let depth = min(k + a_deep[l], params.k - select(1u, A_WIDTH, A_ALONG == 1u));
      // @slot depth
      let a_depth = depth * params.a_depth;
      // @end
      let last = select(a_last[l], params.k - 1u - depth, A_ALONG == 1u);
      let inside = A_DEPTHS + k + a_deep[l] < vec4<u32>(params.k);
      a_next[l] = select(vec4<f32>(), load_a(a_at[l] + a_depth, last), inside);
    }
    for (var l = 0u; l < B_LOADS; l++) { // @unroll
      let depth = min(k + b_deep[l], params.k - select(1u, B_WIDTH, B_ALONG == 1u));
      let last = select(b_last[l], params.k - 1u - depth, B_ALONG == 1u);
      let inside = B_DEPTHS + k + b_deep[l] < vec4<u32>(params.k);
      b_next[l] = select(vec4<f32>(), load_b(b_at[l] + depth * params.b_depth, last), inside);
    }
    // These may be overwritten only when all have read them.
    workgroupBarrier();
    for (var l = 0u; l < A_LOADS; l++) { // @unroll
      a_tile[a_to[l]] = a_next[l];
    }
    for (var l = 0u; l < B_LOADS; l++) { // @unroll
      b_tile[b_to[l]] = b_next[l];
    }
    workgroupBarrier();
    // Four steps along k at a time. Each index is a sum that a compiler can prove to lie inside: it is not clamped then.
    for (var p = 0u; p < TK / 4u; p++) {
      for (var i = 0u; i < TM; i++) { // @unroll
        if (A_ALONG == 1u) {
          a_values[i] = a_tile[local.z * A_SIZE + (local.y + i * WY) * A_STRIDE + p];
        } else {
          a_values[i] = a_tile[local.z * A_SIZE + (4u * p + i % 4u) * A_STRIDE + local.y + i / 4u * WY];
        }
      }
      for (var j = 0u; j < TN; j++) { // @unroll
        if (B_ALONG == 1u) {
          b_values[j] = b_tile[local.z * B_SIZE + (local.x + j * WX) * B_STRIDE + p];
        } else {
          b_values[j] = b_tile[local.z * B_SIZE + (4u * p + j % 4u) * B_STRIDE + local.x + j / 4u * WX];
        }
      }
      for (var u = 0u; u < 4u; u++) { // @unroll
        for (var j = 0u; j < TN; j++) { // @unroll
          b_value[j] = select(b_values[j / 4u * 4u + u][j % 4u], b_values[j][u], B_ALONG == 1u);
          if (COLUMN_SUMS != 0u) {
            column_sums[j] += b_value[j];
          }
        }
        for (var i = 0u; i < TM; i++) { // @unroll
          let a_value = select(a_values[i / 4u * 4u + u][i % 4u], a_values[i][u], A_ALONG == 1u);
          for (var j = 0u; j < TN; j++) { // @unroll
            sums[i][j] += a_value * b_value[j];
          }
        }
      }
    }
  }

  // The first part adds what the others have, in their order.
  for (var z = 1u; z < WZ; z++) {
    workgroupBarrier();
    if (local.z == z) {
      for (var i = 0u; i < TM; i++) { // @unroll
        for (var j = 0u; j < TN; j++) { // @unroll
          a_tile[(i * (TN / 4u) + j / 4u) * LANES + lane][j % 4u] = sums[i][j];
        }
      }
      for (var j = 0u; j < TN; j++) { // @unroll
        b_tile[j / 4u * LANES + lane][j % 4u] = column_sums[j];
      }
    }
    workgroupBarrier();
    if (local.z == 0u) {
      for (var i = 0u; i < TM; i++) { // @unroll
        for (var j = 0u; j < TN; j++) { // @unroll
          sums[i][j] += a_tile[(i * (TN / 4u) + j / 4u) * LANES + lane][j % 4u];
        }
      }
      for (var j = 0u; j < TN; j++) { // @unroll
        column_sums[j] += b_tile[j / 4u * LANES + lane][j % 4u];
      }
    }
  }
  if (local.z > 0u) {
    return;
  }

  for (var i = 0u; i < TM; i++) { // @unroll
    let m = tile_row + select((local.y + i / 4u * WY) * 4u + i % 4u, local.y + i * WY, A_ALONG == 1u);
    let row = batch * params.m + m;
    for (var j = 0u; j < TN; j++) { // @unroll
      let n = tile_column + select((local.x + j / 4u * WX) * 4u + j % 4u, local.x + j * WX, B_ALONG == 1u);
      if (exists && m < params.m && n < params.n) {
        let index = row * params.n + n;
        let value = sums[i][j];
        // @slot store
        c[index] = value;
        // @end
      }
    }
  }
  if (COLUMN_SUMS != 0u && exists && tile_row + local.y == 0u) {
    for (var j = 0u; j < TN; j++) { // @unroll
      let n = tile_column + select((local.x + j / 4u * WX) * 4u + j % 4u, local.x + j * WX, B_ALONG == 1u);
      if (n < params.n) {
        let column_sum = column_sums[j];
        // @slot store_columns
      }
    }
  }
}
