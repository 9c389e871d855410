// What the shader of a product is told, whichever computes it.

import { sizeOf } from "../core/shape.ts";
import type { Site, SlotPrinter, Template } from "../graph/kernel.ts";
import { producersOf } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "./define.ts";
import type { GatherAttrs } from "./gather.ts";
import { batchAxes } from "./matmul_batch.ts";
import { chooseMatmul } from "./matmul_choice.ts";
import { byteText, familyOf } from "./matmul_families.ts";
import { operandOf, type MatmulOperand } from "./matmul_operand.ts";
import { dimensions, type MatmulAttrs } from "./matmul_shape.ts";
import { tunedChoice } from "./matmul_tuned.ts";

/** `choose` decides which kernel, where none was measured. */
export function matmulTemplate(
  node: Node<MatmulAttrs>,
  body: readonly Node[],
  profile: Profile,
  choose: typeof chooseMatmul = chooseMatmul,
): Template {
  const x = at(node.inputs, 0);
  const y = at(node.inputs, 1);
  const { transposeX, transposeY } = node.attrs;
  const { m, n, k, batch } = dimensions(x, y, node.attrs);
  const makers = producersOf(body);
  const [left, right] = [x, y].map((side) => operandOf(side, ({ id }) => makers.get(id)) ?? asItLies(side));
  const gather = left?.gather;
  const computed = { a: !!left?.maps.length, b: !!right?.maps.length };
  const columnSums = body.find((other) => other.op.name === "sum" && at(other.inputs, 0).id === y.id);
  const batches = sizeOf(batch);
  const product = { ...node.attrs, m, n, k };
  const choice = tunedChoice(product, batches, profile) ?? choose(m, n, k, batches, profile);
  const family = familyOf(choice, product, computed);
  const tilesM = Math.ceil(m / (choice.wy * choice.tm));
  const tilesN = Math.ceil(n / (choice.wx * choice.tn));
  // Picked rows are found by their numbers, wherever their matrix lies.
  const axes = batchAxes(x.shape, y.shape, batch, gather ? 0 : m * k, k * n);
  const stores: Site[] = [
    {
      slot: "store",
      index: { expression: "index", split: { size: n, outer: "row", inner: "n" } },
      values: [[at(node.outputs, 0), "value"]],
    },
  ];
  if (columnSums)
    stores.push({
      slot: "store_columns",
      index: { expression: "(batch * params.n + n)", split: { size: n, outer: "batch", inner: "n" } },
      values: [[at(columnSums.outputs, 0), "column_sum"]],
    });
  const scalars = {
    m,
    n,
    k,
    a_row: transposeX ? 1 : k,
    a_depth: transposeX ? m : 1,
    b_depth: transposeY ? 1 : n,
    b_column: transposeY ? k : 1,
    tiles_m: tilesM,
    tiles_n: tilesN,
    tiles: batches * tilesM * tilesN,
  };
  return {
    shader: family.shader,
    constants: {
      ...family.constants,
      BATCHED: Number(batches > 1),
      COLUMN_SUMS: Number(columnSums !== undefined),
    },
    params: [
      { name: "batch_sizes", type: "vec4<u32>", value: axes.sizes },
      { name: "batch_a", type: "vec4<u32>", value: axes.a },
      { name: "batch_b", type: "vec4<u32>", value: axes.b },
      ...Object.entries(scalars).map(([name, value]) => ({ name, type: "u32", value }) as const),
    ],
    operands: [
      { name: "a", value: left?.bound ?? x, vectors: family.vectors.a },
      { name: "b", value: right?.bound ?? y, vectors: family.vectors.b },
    ],
    stores,
    fill(printer) {
      const { element, uniform } = printer;
      const slots: Record<string, string> = {};
      if (gather) {
        // They are the rows of A, or its depth where A is transposed; those of a batch follow each other.
        const [i, count] = transposeX ? ["depth", "k"] : ["row", "m"];
        const place = batches > 1 ? `batch * params.${count} + ${i}` : i;
        const picked = `u32(${element(at(gather.inputs, 1), place)})`;
        slots[i] = transposeX ? `let a_depth = ${picked} * params.a_depth;` : `let picked = ${picked};`;
      }
      return {
        ...slots,
        ...family.slots({
          byteScale: byteScale(gather, uniform),
          computed: {
            ...(computed.a && { a: printer.computed(x, "at", known(gather, uniform)) }),
            ...(computed.b && { b: printer.computed(y, "at", []) }),
          },
        }),
      };
    },
    workgroups: batches * tilesM * tilesN,
    flops: 2 * batches * m * n * k,
  };
}

const asItLies = (bound: Value): MatmulOperand => ({ bound, gather: undefined, maps: [], others: [] });

/** A picked row's element lies where A's does in what it is picked from. */
function known(gather: Node | undefined, uniform: SlotPrinter["uniform"]): Site["values"] {
  const scale = byteScale(gather, uniform);
  return gather ? [[at(gather.outputs, 0), scale === undefined ? "a[at]" : byteText(scale)]] : [];
}

/** Picked bytes become numbers as they are loaded. */
function byteScale(gather: Node | undefined, uniform: SlotPrinter["uniform"]): string | undefined {
  if (gather?.inputs[0]?.dtype !== "u8") return undefined;
  const { scale = 1 } = gather.attrs as GatherAttrs;
  return uniform(scale, "f32");
}
