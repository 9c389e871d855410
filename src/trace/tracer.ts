// The recording behind a traced function: the graph it grows and the constructors of nodes.

import type { GraphBuilder } from "../graph/builder.ts";
import { buildOn, type Build } from "../ops/build.ts";

export interface Tracer {
  readonly graph: GraphBuilder;
  readonly build: Build;
}

export const tracerOn = (graph: GraphBuilder): Tracer => ({ graph, build: buildOn(graph) });
