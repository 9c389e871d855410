// From a node of a plan to steps: products and reductions are kernels of their own, the maps before a reduction are part of it, and
// those around a product are kernels beside it. Everything is made in memory of the dispatch's own and brought into the plan's buffers
// at its end, so no step overwrites what another reads.

import { producersOf } from "../../graph/graph.ts";
import type { Node, Value } from "../../graph/op.ts";
import { at } from "../../ops/define.ts";
import { dimensions, type MatmulAttrs } from "../../ops/matmul_shape.ts";
import { mul } from "../../ops/mul.ts";
import type { Plan } from "../../plan/plan.ts";
import { broadcastView, Expressions, partsOf, type Sources, type View } from "../expression.ts";
import { expanded } from "../softmax.ts";
import { hasKernel, isReduction } from "./coverage.ts";
import { kernelText, type Elements, type Expression, type Total } from "./kernel_text.ts";
import { extentOf, placeKey, type BufferPlace, type OwnPlace, type Place } from "./place.ts";
import type { Step, Steps } from "./steps.ts";

/** Arrays that a kernel reads: WebGL 2 has 16 textures, and gpu.js binds the last of them for itself. */
const MOST_ARRAYS = 12;

/** The steps of one node of a plan. */
export const lowerNode = (node: Node, plan: Plan): Steps => new Lowering(node, plan).steps();

class Lowering implements Sources<Place> {
  private readonly node: Node;
  private readonly plan: Plan;
  private readonly producers: Map<number, Node>;
  private readonly made = new Map<number, Place>();
  private readonly list: Step[] = [];
  private count = 0;

  constructor(node: Node, plan: Plan) {
    this.node = node;
    this.plan = plan;
    this.producers = producersOf((node.body ?? [node]).flatMap(expanded));
  }

  steps(): Steps {
    const results = this.node.outputs.map((value) => ({ from: this.place(value), to: this.planned(value) }));
    return { steps: this.list, results };
  }

  map(value: Value): Node | undefined {
    const node = this.made.has(value.id) ? undefined : this.producers.get(value.id);
    return node?.op.map && hasKernel(node) ? node : undefined;
  }

  place(value: Value): Place {
    const made = this.made.get(value.id);
    if (made) return made;
    const node = this.producers.get(value.id);
    if (!node) return this.planned(value);
    if (node.op.alias) this.made.set(value.id, this.place(at(node.inputs, 0)));
    else if (node.op.name === "record") this.record(node);
    else if (!hasKernel(node)) this.reference(node);
    else if (node.op.map) this.kernel(value, { shape: value.shape, expression: this.expression(value) });
    else if (isReduction(node.op.name)) this.reduction(node, node.op.name);
    else this.product(node);
    return this.made.get(value.id) ?? lost(value);
  }

  private planned(value: Value): BufferPlace {
    const index = this.plan.place.get(value.id) ?? lost(value);
    const { offset = 0 } = this.plan.homes.get(value.id) ?? {};
    return { in: "buffer", index, offset: 4 * offset, ...extentOf(value) };
  }

  private own(value: Value): OwnPlace {
    const place: OwnPlace = { in: "dispatch", number: this.count++, ...extentOf(value) };
    this.made.set(value.id, place);
    return place;
  }

  private kernel(value: Value, elements: Elements): void {
    this.list.push({ kind: "kernel", kernel: kernelText(elements), output: this.own(value) });
  }

  /** Of a value, as far as it can be computed from few enough arrays; the rest has kernels of its own. */
  private expression(value: Value): Expression {
    const whole = new Expressions(value.shape, this).of(value);
    if (arraysOf(whole) <= MOST_ARRAYS) return whole;
    for (const input of this.map(value)?.inputs ?? []) this.place(input);
    return new Expressions(value.shape, this).of(value);
  }

  private reduction({ attrs, inputs, outputs }: Node, total: Total): void {
    const x = at(inputs, 0);
    const expression = this.expression(x);
    const reduced = attrs["axes"] as readonly number[];
    this.kernel(at(outputs, 0), { shape: x.shape, expression, total, reduced });
  }

  /** The sum over K of what both sides are at (…,M,N,K). */
  private product(node: Node): void {
    const [x, y, result] = [at(node.inputs, 0), at(node.inputs, 1), at(node.outputs, 0)];
    const { transposeX, transposeY } = node.attrs as MatmulAttrs;
    const { k, batch } = dimensions(x, y, node.attrs as MatmulAttrs);
    const [m, n, depth] = [batch.length, batch.length + 1, batch.length + 2];
    const shape = [...result.shape, k];
    const side = ({ shape: own }: Value, matrix: View): View => [
      ...broadcastView(
        own.slice(0, -2),
        batch.map((_, axis) => axis),
        batch,
      ),
      ...matrix,
    ];
    for (const value of [x, y]) this.settle(value);
    const expressions = new Expressions(shape, this);
    const operands = [
      expressions.at(x, side(x, transposeX ? [depth, m] : [m, depth])),
      expressions.at(y, side(y, transposeY ? [n, depth] : [depth, n])),
    ];
    const expression: Expression = { kind: "apply", node: { ...node, op: mul, attrs: {} }, operands };
    this.kernel(result, { shape, expression, total: "sum", reduced: [depth] });
  }

  /** Computes a side of a product once, not once for each element of the result; where it is only turned, it is read so. */
  private settle(value: Value): void {
    const node = this.map(value);
    if (!node || node.op.name === "constant") return;
    if (node.op.name === "transpose" || node.op.name === "broadcast") this.settle(at(node.inputs, 0));
    else this.place(value);
  }

  private record(node: Node): void {
    const [ring, step, ...metrics] = node.inputs.map((input) => this.place(input));
    const [nextRing, nextStep] = node.outputs.map((output) => this.own(output));
    const [capacity = 1] = at(node.inputs, 0).shape;
    if (ring && step && nextRing && nextStep)
      this.list.push({ kind: "record", capacity, ring, step, metrics, nextRing, nextStep });
  }

  private reference(node: Node): void {
    const inputs = node.inputs.map((input) => this.place(input));
    const outputs = node.outputs.map((output) => this.own(output));
    this.list.push({ kind: "reference", node, inputs, outputs });
  }
}

function arraysOf(expression: Expression): number {
  const reads = [...partsOf([expression])].flatMap((part) =>
    part.kind === "read" ? [placeKey(part.place)] : [],
  );
  return new Set(reads).size;
}

function lost({ id }: Value): never {
  throw new RangeError(`gpujs: value ${id} lies nowhere. This is a bug in chainrule: please report it.`);
}
