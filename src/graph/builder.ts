// Grows a graph node by node. Used by tracing, by reverse mode, and by passes that make new nodes.

import { DTypeError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { DType } from "../core/dtype.ts";
import type { Graph, Input, InputKind, Output, Update } from "./graph.ts";
import type { Attrs, Node, Op, Phase, Value } from "./op.ts";
import type { Segments } from "./segments.ts";

let nextId = 0;

/**
 * A number for a value or a node that no other has, in any graph: passes drop some and make others, and results of
 * different graphs are compared by it.
 */
export const freshId = (): number => nextId++;

export class GraphBuilder {
  /** Given to the nodes that follow. */
  phase: Phase = "forward";
  recompute: number | undefined;
  /** There from the first checkpoint on. */
  segments: Segments | undefined;
  readonly nodes: Node[] = [];
  readonly inputs: Input[] = [];

  value(shape: Shape, dtype: DType): Value {
    return { id: freshId(), shape, dtype };
  }

  input(name: string, kind: InputKind, shape: Shape, dtype: DType): Value {
    const value = this.value(shape, dtype);
    this.inputs.push({ name, kind, value });
    return value;
  }

  /** Adds a node and gives its outputs. Throws what the op's shape rule throws. */
  emit<A extends Attrs>(op: Op<A>, inputs: readonly Value[], attrs: A): readonly Value[] {
    return this.emitNode(op, inputs, attrs).outputs;
  }

  /** The same, and gives the node. */
  emitNode<A extends Attrs>(op: Op<A>, inputs: readonly Value[], attrs: A): Node {
    const specs = op.infer(inputs, attrs);
    if (!op.alias && specs.some(({ dtype }) => dtype === "u8"))
      throw new DTypeError(`${op.name}: bytes can be read, not made. Cast them to f32, i32 or u32 first.`);
    const outputs = specs.map(({ shape, dtype }) => this.value(shape, dtype));
    const { phase, recompute } = this;
    const node: Node = { id: freshId(), op, inputs, attrs, outputs, phase, recompute };
    this.nodes.push(node);
    this.segments?.add(node);
    return node;
  }

  /** Runs `f` with another phase, and as one recomputation where that is `recompute`. */
  within<T>(phase: Phase, f: () => T): T {
    const before = [this.phase, this.recompute] as const;
    this.phase = phase;
    this.recompute = phase === "recompute" ? freshId() : undefined;
    try {
      return f();
    } finally {
      [this.phase, this.recompute] = before;
    }
  }

  finish(outputs: readonly Output[], updates: readonly Update[] = []): Graph {
    return { inputs: [...this.inputs], nodes: [...this.nodes], outputs, updates };
  }
}
