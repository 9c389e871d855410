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
    QUAD: Number(tile.quad),
    RAGGED: Number(k % DEPTH !== 0),
    CLIPPED: Number(m % (tile.wy * tile.tm) !== 0 || n % (tile.wx * tile.tn) !== 0),
  },
  vectors: { a: false, b: false },
  slots: (text) => ({ ...(tile.quad ? QUAD_SLOTS : {}), ...valueSlots(text) }),
});

const QUAD_SLOTS = { enable: "enable subgroups;", a_value: "let a_value = quadBroadcast(held[i], u);" };

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
      ...(vectors.a && (text.byteScale ? bytesSlot(text.byteScale) : vectorSlots("a", 1))),
      ...(vectors.b && vectorSlots("b", 2)),
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
  `fn load_${side}(at: u32, last: u32) -> vec4<f32> {\n  return ${value};\n}`;

/** Bytes come four to a word. */
const bytesSlot = (scale: string): Record<string, string> => ({
  load_a: vectorLoader(
    "a",
    `vec4<f32>((vec4(a[at / 4u]) >> vec4(0u, 8u, 16u, 24u)) & vec4(255u)) * ${scale}`,
  ),
});

/** The byte at `at`, as a number. */
export const byteText = (scale: string): string => `f32(${elementText("u8", "a", "at")}) * ${scale}`;

/** Where an element is not what lies there: a byte, or what is computed of it. */
const valueSlots = ({ byteScale, computed: { a, b } }: OperandText): Record<string, string> => ({
  ...(byteScale && {
    a: "@group(0) @binding(1) var<storage, read> a: array<u32>;",
    value_a: valueFunction("a", `return ${byteText(byteScale)};`),
  }),
  ...(a && { value_a: valueFunction("a", a) }),
  ...(b && { value_b: valueFunction("b", b) }),
});

const valueFunction = (side: Side, body: string): string => `fn value_${side}(at: u32) -> f32 {\n${body}\n}`;
