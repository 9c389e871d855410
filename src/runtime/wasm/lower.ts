// From a node of a plan to steps: products and reductions are steps of their own, the maps around them are part of their loops
// or kernels beside them, and what has no code here is done by its reference.

import { sameShape, type Shape } from "../../core/shape.ts";
import { producersOf } from "../../graph/graph.ts";
import type { Node, Value } from "../../graph/op.ts";
import { at } from "../../ops/define.ts";
import type { Plan } from "../../plan/plan.ts";
import { Expressions, partsOf, type Expression, type Sources } from "./kernels/expression.ts";
import { lanes } from "./kernels/lanes.ts";
import { mapsKernel, type Output } from "./kernels/maps.ts";
import { recordEffect } from "./kernels/record.ts";
import { isReduction, reduceKernel } from "./kernels/reduce.ts";
import { placeKey, type Place } from "./place.ts";
import { productDimensions } from "./product_dimensions.ts";
import type { Scratch } from "./scratch.ts";
import { inOrder, type Site } from "./sites.ts";
import { expanded } from "../softmax.ts";
import type { Picks, Step } from "./steps.ts";

/** Maps that read elsewhere than at their own element: expressions know how. */
const MOVES = ["transpose", "gather", "pick", "place"];

/** Maps that take longer than a store and a read. */
const COSTLY = ["exp", "log", "sigmoid", "tanh"];

/** Whether a map has code here, or runs by its reference. */
export const hasCode = (map: string): boolean => map in lanes || MOVES.includes(map);

/** The steps of one node of a plan. */
export function lowerNode(node: Node, plan: Plan, scratch: Scratch): readonly Step[] {
  return new Lowering(node, plan, scratch).steps();
}

class Lowering implements Sources {
  private readonly node: Node;
  private readonly body: readonly Node[];
  private readonly plan: Plan;
  private readonly scratch: Scratch;
  private readonly producers: Map<number, Node>;
  /** Where values are that steps have made, or that a product leaves in a block. */
  private readonly made = new Map<number, Place>();
  private readonly list: Step[] = [];

  constructor(node: Node, plan: Plan, scratch: Scratch) {
    this.node = node;
    this.body = (node.body ?? [node]).flatMap(expanded);
    this.plan = plan;
    this.scratch = scratch;
    this.producers = producersOf(this.body);
  }

  /** What follows from the product, block by block, comes last. */
  steps(): readonly Step[] {
    const product = this.body.find(({ op }) => op.name === "matmul");
    const following = product ? followers(at(product.outputs, 0), this.body) : new Set<number>();
    this.finish(this.node.outputs.filter(({ id }) => !following.has(id)));
    const rest = this.node.outputs.filter(({ id }) => following.has(id));
    if (product) this.product(product, rest);
    this.finish(rest);
    return this.list;
  }

  map(value: Value): Node | undefined {
    if (this.made.has(value.id)) return undefined;
    const node = this.producers.get(value.id);
    return node?.op.map && hasCode(node.op.name) ? node : undefined;
  }

  place(value: Value): Place {
    const made = this.made.get(value.id);
    if (made) return made;
    const node = this.producers.get(value.id);
    if (!node) return this.planned(value);
    if (this.map(value)) this.maps(value);
    else if (isReduction(node.op.name)) this.reduction(node);
    else if (node.op.name === "matmul") this.product(node, []);
    else this.reference(node);
    return this.made.get(value.id) ?? lost(value);
  }

  /** In the plan's buffers. */
  private planned(value: Value): Place {
    const index = this.plan.place.get(value.id);
    const { offset = 0 } = this.plan.homes.get(value.id) ?? {};
    return index === undefined ? lost(value) : { in: "buffer", index, offset: 4 * offset };
  }

  /**
   * Where a value is put before all outputs are finished: in its buffer, if anyone else reads it, unless that is the buffer
   * of an input, which others may still read.
   */
  private early(value: Value): Place {
    const place = this.node.outputs.some(({ id }) => id === value.id) ? this.planned(value) : undefined;
    const isInput = this.node.inputs.some(
      (input) => place && placeKey(this.planned(input)) === placeKey(place),
    );
    return place && !isInput ? place : this.scratch.placeFor(value);
  }

  /** Brings outputs into their buffers. */
  private finish(values: readonly Value[]): void {
    const effects = this.body.filter(({ op, outputs }) => op.effect && outputs.some(({ id }) => values.some((value) => value.id === id))); // prettier-ignore
    const written = new Set(effects.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
    const outputs = values.filter(({ id }) => !written.has(id));
    for (const value of outputs) if (!this.map(value)) this.place(value);
    const missing = outputs.filter((value) => {
      const made = this.made.get(value.id);
      return !made || placeKey(made) !== placeKey(this.planned(value));
    });
    for (const value of missing) this.reach(value, new Set());
    const shapes: Shape[] = effects.length ? [[]] : [];
    for (const { shape } of missing) if (!shapes.some((other) => sameShape(other, shape))) shapes.push(shape);
    const sites = shapes.map((shape, i): Site => {
      const expressions = new Expressions(shape, this);
      const here = missing.filter((value) => sameShape(value.shape, shape));
      return {
        shape,
        outputs: here.map((value) => this.output(value, expressions)),
        effects: (i === 0 ? effects : []).map((node) => recordEffect(node, expressions, (value) => this.planned(value))), // prettier-ignore
      };
    });
    for (const site of inOrder(sites, this.scratch))
      this.list.push({ kind: "kernel", kernel: mapsKernel(site) });
    for (const value of missing) this.made.set(value.id, this.planned(value));
  }

  /** Makes all that the maps of a value read, so that what reductions keep is there. */
  private reach(value: Value, seen: Set<number>): void {
    if (seen.has(value.id)) return;
    seen.add(value.id);
    const node = this.map(value);
    if (node) for (const input of node.inputs) this.reach(input, seen);
    else this.place(value);
  }

  private output(value: Value, expressions: Expressions): Output {
    return { expression: expressions.of(value), place: this.planned(value) };
  }

  /** Maps that are needed in memory. */
  private maps(value: Value): void {
    const { shape } = value;
    const expression = new Expressions(shape, this).of(value);
    const place = this.early(value);
    this.list.push({ kind: "kernel", kernel: mapsKernel({ shape, outputs: [{ expression, place }] }) });
    this.made.set(value.id, place);
  }

  private reduction({ op: { name }, attrs, inputs, outputs }: Node): void {
    const x = at(inputs, 0);
    const result = at(outputs, 0);
    const expression = new Expressions(x.shape, this).of(x);
    const place = this.early(result);
    const axes = attrs["axes"] as readonly number[];
    const copy = this.isWorthKeeping(x, expression) ? this.early(x) : undefined;
    const kernel = reduceKernel({ shape: x.shape, axes, name, expression, place, copy });
    this.list.push({ kind: "kernel", kernel });
    this.made.set(result.id, place);
    if (copy) this.made.set(x.id, copy);
  }

  /** Whether a map that is reduced is needed again, and takes longer to compute than to store: softmax has one. */
  private isWorthKeeping({ id }: Value, expression: Expression): boolean {
    const uses = [...this.body.flatMap(({ inputs }) => inputs), ...this.node.outputs];
    const isCostly = (part: Expression): boolean =>
      part.kind === "apply" && COSTLY.includes(part.node.op.name);
    return uses.filter((value) => value.id === id).length > 1 && [...partsOf([expression])].some(isCostly);
  }

  /** A product; `following` are the outputs that depend on it, which are made block by block if they can. */
  private product(node: Node, following: readonly Value[]): void {
    const result = at(node.outputs, 0);
    const { a, picks } = this.rows(at(node.inputs, 0));
    const b = this.place(at(node.inputs, 1));
    const dimensions = productDimensions(node, picks !== undefined);
    const others = following.filter(({ id }) => id !== result.id);
    const inBlocks =
      others.length > 0 &&
      dimensions.columns === dimensions.n &&
      others.every((value) => this.map(value) && sameShape(value.shape, result.shape));
    const isWhole = others.length < following.length || !inBlocks;
    const c = isWhole ? this.early(result) : undefined;
    const block: Place = { in: "block", width: dimensions.n };
    let epilogue;
    if (inBlocks) {
      this.made.set(result.id, block);
      const expressions = new Expressions(result.shape, this);
      const outputs = others.map((value) => this.output(value, expressions));
      epilogue = mapsKernel({ shape: result.shape, outputs, byRows: true });
      for (const value of others) this.made.set(value.id, this.planned(value));
    }
    this.list.push({ kind: "product", a, b, c, picks, dimensions, epilogue });
    this.made.set(result.id, c ?? block);
  }

  /** The left side of a product: a matrix, or rows that are picked from one. */
  private rows(x: Value): { a: Place; picks: Picks | undefined } {
    const gather = this.map(x);
    const [source, numbers] = gather?.inputs ?? [];
    if (gather?.op.name !== "gather" || !source || !numbers || source.shape.length !== 2 || this.map(numbers))
      return { a: this.place(x), picks: undefined };
    const scale = source.dtype === "u8" ? Number(gather.attrs["scale"] ?? 1) : undefined;
    return { a: this.place(source), picks: { rows: this.place(numbers), scale } };
  }

  private reference(node: Node): void {
    const inputs = node.inputs.map((input) => this.place(input));
    const outputs = node.outputs.map((output) => this.early(output));
    this.list.push({ kind: "reference", node, inputs, outputs });
    node.outputs.forEach((output, i) => this.made.set(output.id, outputs[i] ?? lost(output)));
  }
}

/** Ids of all that depends on a value, and its own. */
function followers(value: Value, body: readonly Node[]): Set<number> {
  const found = new Set([value.id]);
  for (const { inputs, outputs } of body)
    if (inputs.some(({ id }) => found.has(id))) for (const { id } of outputs) found.add(id);
  return found;
}

function lost(value: Value): never {
  throw new RangeError(`wasm: value ${value.id} lies nowhere. This is a bug in chainrule: please report it.`);
}
