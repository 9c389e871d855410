// C = op(A)·op(B), batched, each transposed or not: A's element (m, k) lies at m·a_row + k·a_depth, B's (k, n) at
// k·b_depth + n·b_column. The direct family: one invocation computes a TM × TN tile in registers, straight from storage,
// with no workgroup memory. The columns of a tile lie WX apart, so that neighbouring invocations load neighbours.
// @slot enable

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
@group(0) @binding(2) var<storage, read> b: array<f32>;
// @slot bindings
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
// @end

const WX: u32 = 8u; // @constant
const WY: u32 = 8u; // @constant
const TM: u32 = 4u; // @constant
const TN: u32 = 4u; // @constant
const BATCHED: u32 = 1u; // @constant
// 0: k is a multiple of 4, and no step of the loop ends outside.
const RAGGED: u32 = 1u; // @constant
// 0: m and n are multiples of a tile's sides, and no element lies outside.
const CLIPPED: u32 = 1u; // @constant
// 1: four neighbours along N share what they load of A, by subgroup broadcasts.
const QUAD: u32 = 0u; // @constant
// 1: also sum B over k, the gradient of a bias that is added to every row.
const COLUMN_SUMS: u32 = 0u; // @constant

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

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let tile = group.y * groups.x + group.x;
  if (tile >= params.tiles) {
    return;
  }
  // @slot prelude
  let batch = tile / (params.tiles_m * params.tiles_n);
  let tile_m = (tile / params.tiles_n) % params.tiles_m;
  let tile_n = tile % params.tiles_n;
  let first_row = (tile_m * WY + local.y) * TM;
  let first_column = tile_n * WX * TN + local.x;

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

  // Loads are clamped and only stores are guarded: no branch in the loop over k.
  var a_at: array<u32, TM>; // @scalars
  for (var i = 0u; i < TM; i++) { // @unroll
    let row = min(first_row + i, params.m - 1u);
    // @slot row
    let picked = row;
    // @end
    a_at[i] = a_start + picked * params.a_row;
  }
  var b_at: array<u32, TN>; // @scalars
  for (var j = 0u; j < TN; j++) { // @unroll
    b_at[j] = b_start + min(first_column + j * WX, params.n - 1u) * params.b_column;
  }

  var sums: array<array<f32, TN>, TM>; // @scalars
  var column_sums: array<f32, TN>; // @scalars
  var b_value: array<f32, TN>; // @scalars
  for (var k = 0u; k < params.k; k += 4u) {
    // Each of the four loads at one of four depths.
    var held: array<f32, TM>; // @scalars
    for (var q = 0u; q < QUAD; q++) { // @unroll
      let own = k + (local.x & 3u);
      let depth = min(own, params.k - 1u);
      // @slot depth
      let a_depth = depth * params.a_depth;
      // @end
      for (var i = 0u; i < TM; i++) { // @unroll
        held[i] = select(0.0, value_a(a_at[i] + a_depth), RAGGED == 0u || own < params.k);
      }
    }
    for (var u = 0u; u < 4u; u++) { // @unroll
      // Past the end of k both factors are 0; multiplying by 0 would let an infinity through.
      let inside = RAGGED == 0u || k + u < params.k;
      let depth = min(k + u, params.k - 1u);
      for (var j = 0u; j < TN; j++) { // @unroll
        b_value[j] = select(0.0, value_b(b_at[j] + depth * params.b_depth), inside);
        if (COLUMN_SUMS != 0u) {
          column_sums[j] += b_value[j];
        }
      }
      // @slot depth
      let a_depth = depth * params.a_depth;
      // @end
      for (var i = 0u; i < TM; i++) { // @unroll
        // @slot a_value
        let a_value = select(0.0, value_a(a_at[i] + a_depth), inside);
        // @end
        for (var j = 0u; j < TN; j++) { // @unroll
          sums[i][j] += a_value * b_value[j];
        }
      }
    }
  }

  for (var i = 0u; i < TM; i++) { // @unroll
    let m = first_row + i;
    let row = batch * params.m + m;
    for (var j = 0u; j < TN; j++) { // @unroll
      let n = first_column + j * WX;
      if (CLIPPED == 0u || (m < params.m && n < params.n)) {
        let index = row * params.n + n;
        let value = sums[i][j];
        // @slot store
        c[index] = value;
        // @end
      }
    }
  }
  if (COLUMN_SUMS != 0u && first_row == 0u) {
    for (var j = 0u; j < TN; j++) { // @unroll
      let n = first_column + j * WX;
      if (n < params.n) {
        let column_sum = column_sums[j];
        // @slot store_columns
      }
    }
  }
}
