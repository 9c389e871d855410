// Grows a graph node by node. Used by tracing, by reverse mode, and by passes that make new nodes.

import { DTypeError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import type { DType } from "../core/dtype.ts";
import type { Graph, Input, InputKind, Output, Update } from "./graph.ts";
import type { Attrs, Node, Op, Phase, Value } from "./op.ts";

let nextId = 0;

/**
 * A number for a value or a node that no other has, in any graph: passes drop some and make others, and results of
 * different graphs are compared by it.
 */
export const freshId = (): number => nextId++;

export class GraphBuilder {
  /** Given to the nodes that follow. */
  phase: Phase = "forward";
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
    const specs = op.infer(inputs, attrs);
    if (!op.alias && specs.some(({ dtype }) => dtype === "u8"))
      throw new DTypeError(`${op.name}: bytes can be read, not made. Cast them to f32, i32 or u32 first.`);
    const outputs = specs.map(({ shape, dtype }) => this.value(shape, dtype));
    this.nodes.push({ id: freshId(), op, inputs, attrs, outputs, phase: this.phase });
    return outputs;
  }

  /** Runs `f` with another phase. */
  within<T>(phase: Phase, f: () => T): T {
    const before = this.phase;
    this.phase = phase;
    try {
      return f();
    } finally {
      this.phase = before;
    }
  }

  finish(outputs: readonly Output[], updates: readonly Update[] = []): Graph {
    return { inputs: [...this.inputs], nodes: [...this.nodes], outputs, updates };
  }
}
