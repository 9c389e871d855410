// Which kernels are measured, at which sizes, and how much work each is.

/** How the operands lie: T stands for one that is read transposed. */
export type Layout = "NN" | "TN" | "NT";

/** `batches` products of an M×K by a K×N matrix. */
export interface Product {
  readonly kind: "matmul";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly layout: Layout;
  readonly batches: number;
}

/** A function of each row of a matrix. */
interface RowsOf<Kind> {
  readonly kind: Kind;
  readonly rows: number;
  readonly columns: number;
}

export type Rows = RowsOf<"softmax"> | RowsOf<"layerNorm">;

export type Kernel = Product | Rows;

const product = (m: number, n: number, k: number, layout: Layout = "NN", batches = 1): Product => ({
  kind: "matmul",
  m,
  n,
  k,
  layout,
  batches,
});
const layouts = ["NN", "TN", "NT"] as const;

export const kernels: readonly Kernel[] = [
  ...[64, 128, 256].map((side) => product(side, side, side)),
  ...[512, 1024].flatMap((side) => layouts.map((layout) => product(side, side, side, layout))),
  // The products of a step of 784-128-10 at batch 256: forward, dW and dX; then dW over a batch of 8192.
  product(256, 128, 784),
  product(784, 128, 256, "TN"),
  product(256, 784, 128, "NT"),
  product(256, 10, 128),
  product(128, 10, 256, "TN"),
  product(128, 10, 8192, "TN"),
  product(64, 64, 64, "NN", 64),
  ...(["softmax", "layerNorm"] as const).flatMap((kind) => [
    { kind, rows: 256, columns: 10 },
    { kind, rows: 1024, columns: 768 },
    { kind, rows: 4096, columns: 1000 },
  ]),
];

/** What a GPU takes beside them: an emulated one would take minutes for each. */
export const largeKernels: readonly Kernel[] = [2048, 4096].flatMap((side) =>
  layouts.map((layout) => product(side, side, side, layout)),
);

/** As in `TN 784×128×256` (M×N×K), `NN 64×64×64, 64 at a time`, `softmax 256×10`. */
export function titleOf(kernel: Kernel): string {
  if (kernel.kind !== "matmul")
    return `${kernel.kind === "softmax" ? "softmax" : "layer norm"} ${kernel.rows}×${kernel.columns}`;
  const { m, n, k, layout, batches } = kernel;
  return `${layout} ${m}×${n}×${k}${batches > 1 ? `, ${batches} at a time` : ""}`;
}

/** Multiplications and additions of a product. */
export const flopsOf = ({ m, n, k, batches }: Product): number => 2 * m * n * k * batches;

/** The least that must cross the memory bus: each f32 of x read once, each of the result written once. */
export const bytesOf = ({ rows, columns }: Rows): number => 2 * 4 * rows * columns;

/**
 * The kernels whose titles contain one of a comma-separated list's entries; x stands for × there, and large and small
 * letters are alike. Throws RangeError naming an entry that no title contains.
 */
export function kernelsNamed(text: string): Kernel[] {
  const plain = (words: string): string => words.trim().toLowerCase().replaceAll("×", "x");
  const entries = text.split(",").map(plain);
  const has = (kernel: Kernel, entry: string): boolean => plain(titleOf(kernel)).includes(entry);
  const all = [...kernels, ...largeKernels];
  for (const entry of entries)
    if (!all.some((kernel) => has(kernel, entry)))
      throw new RangeError(`"${entry}" is in none of ${all.map(titleOf).join("; ")}.`);
  return all.filter((kernel) => entries.some((entry) => has(kernel, entry)));
}

/** Those of a quick run: a few small ones of each sort. */
export const quickKernels: readonly Kernel[] = kernels.filter((kernel) =>
  [
    "NN 64×64×64",
    "NN 256×256×256",
    "TN 784×128×256",
    "NT 256×784×128",
    "NN 256×10×128",
    "softmax 256×10",
    "softmax 1024×768",
    "layer norm 256×10",
  ].includes(titleOf(kernel)),
);
