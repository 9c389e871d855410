// The two kernels of a product. They share uniform and slots; what they differ in is here.

import { elementText, type Shader } from "../graph/kernel.ts";
import type { DirectTile, MatmulChoice, SharedTile } from "./matmul_choice.ts";
import type { MatmulAttrs } from "./matmul_shape.ts";

export interface Family {
  readonly shader: Shader;
  readonly constants: Readonly<Record<string, number>>;
  /** True where the binding of A, or B, has elements of four numbers. */
  readonly vectors: { readonly a: boolean; readonly b: boolean };
  /** Text for slots of its own. */
  slots(text: OperandText): Readonly<Record<string, string>>;
}

/** What the kernel is told of A as text. */
export interface OperandText {
  /** How far along A's depth an index lies. */
  depthOf(k: string): string;
  /** Where A is of bytes: what each is multiplied by. */
  readonly byteScale: string | undefined;
  /** Where a side is computed: the body of a function that gives its element at `at`. */
  readonly computed: Partial<Record<Side, string>>;
}

export type Side = "a" | "b";
/** Sides that are computed while they are loaded. */
export type Computed = Readonly<Record<Side, boolean>>;

/** A product's sizes, and how its sides lie. */
export interface ProductSizes extends MatmulAttrs {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export const familyOf = (
  choice: MatmulChoice,
  product: ProductSizes,
  computed: Computed = { a: false, b: false },
): Family =>
  choice.family === "tiled" ? tiledFamily(choice, product, computed) : directFamily(choice, product);

const sizes = ({ wx, wy, tm, tn }: MatmulChoice) => ({ WX: wx, WY: wy, TM: tm, TN: tn });

/** Of `k` along the sums, each step of the loop takes this many. */
const DEPTH = 4;

/** For software adapters, and where a measurement prefers it. */
const directShader: Shader = {
  name: "matmul",
  text: async () => (await import("../../shaders/matmul.wgsl?raw")).default,
};

const directFamily = (tile: DirectTile, { m, n, k }: ProductSizes): Family => ({
  shader: directShader,
  constants: {
    ...sizes(tile),
    RAGGED: Number(k % DEPTH !== 0),
    CLIPPED: Number(m % (tile.wy * tile.tm) !== 0 || n % (tile.wx * tile.tn) !== 0),
  },
  vectors: { a: false, b: false },
  slots: (text) => ({ ...(tile.quad ? quadSlots(text.depthOf) : {}), ...valueSlots(text) }),
});

/** For GPUs. */
const tiledShader: Shader = {
  name: "matmul_tiled",
  text: async () => (await import("../../shaders/matmul_tiled.wgsl?raw")).default,
};

/** Numbers, or bytes, of a vector. */
const WIDTH = 4;

/** Invocations copy vectors of four neighbours, along k or along the other side, as the matrix has them. */
function tiledFamily(
  tile: SharedTile,
  { m, n, k, transposeX, transposeY }: ProductSizes,
  computed: Computed,
): Family {
  const lanes = tile.wx * tile.wy * WIDTH;
  // A buffer without an element is shorter than a vector.
  const width = (side: number): number => (k > 0 && side % WIDTH === 0 ? WIDTH : 1);
  const [a, b] = [width(transposeX ? m : k), width(transposeY ? k : n)];
  const vectors = { a: a > 1 && !computed.a, b: b > 1 && !computed.b };
  return {
    shader: tiledShader,
    constants: {
      ...sizes(tile),
      TK: tile.tk,
      WZ: tile.wz,
      A_ALONG: Number(!transposeX),
      B_ALONG: Number(transposeY),
      A_WIDTH: a,
      B_WIDTH: b,
      A_LOADS: (tile.wy * tile.tm * tile.tk) / lanes,
      B_LOADS: (tile.wx * tile.tn * tile.tk) / lanes,
    },
    vectors,
    slots: (text) => ({
      ...valueSlots(text),
      ...(vectors.a && text.byteScale === undefined ? vectorSlots("a", 1) : {}),
      ...(vectors.a && text.byteScale !== undefined
        ? { load_a: vectorLoader("a", bytesText(text.byteScale)) }
        : {}),
      ...(vectors.b ? vectorSlots("b", 2) : {}),
    }),
  };
}

/** What is loaded whole has no function for an element. */
const vectorSlots = (side: Side, binding: number): Record<string, string> => ({
  [side]: `@group(0) @binding(${binding}) var<storage, read> ${side}: array<vec4<f32>>;`,
  [`value_${side}`]: "",
  [`load_${side}`]: vectorLoader(side, `${side}[at / 4u]`),
});

const vectorLoader = (side: Side, value: string): string =>
  functionText(`load_${side}(at: u32, last: u32) -> vec4<f32>`, `return ${value};`);

const bytesText = (scale: string): string =>
  `vec4<f32>((vec4<u32>(a[at / 4u]) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u)) * ${scale}`;

/** The byte at `at`, as a number. */
export const byteText = (scale: string): string => `f32(${elementText("u8", "a", "at")}) * ${scale}`;

/** Where an element is not what lies there: a byte, or what is computed of it. */
const valueSlots = ({ byteScale, computed }: OperandText): Record<string, string> => ({
  ...(byteScale === undefined
    ? {}
    : {
        a: "@group(0) @binding(1) var<storage, read> a: array<u32>;",
        value_a: valueFunction("a", `return ${byteText(byteScale)};`),
      }),
  ...(computed.a === undefined ? {} : { value_a: valueFunction("a", computed.a) }),
  ...(computed.b === undefined ? {} : { value_b: valueFunction("b", computed.b) }),
});

const valueFunction = (side: Side, body: string): string =>
  functionText(`value_${side}(at: u32) -> f32`, body);

const functionText = (signature: string, body: string): string =>
  [`fn ${signature} {`, ...body.split("\n").map((line) => `  ${line}`), "}"].join("\n");

/** Each of four neighbouring invocations loads A at one of four depths; all four read it from there. */
const quadSlots = (depthOf: (k: string) => string): Record<string, string> => ({
  enable: "enable subgroups;",
  hold: [
    "let own_inside = RAGGED == 0u || k + (local.x & 3u) < params.k;",
    "let own_depth = min(k + (local.x & 3u), params.k - 1u);",
    `let own_at = ${depthOf("own_depth")};`,
    "var held: array<f32, TM>; // @scalars",
    "for (var i = 0u; i < TM; i++) { // @unroll",
    "  held[i] = select(0.0, value_a(a_at[i] + own_at), own_inside);",
    "}",
  ].join("\n"),
  depth: "",
  a_value: "let a_value = quadBroadcast(held[i], u);",
});
