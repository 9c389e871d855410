// The recording behind a traced function: the graph it grows and the constructors of nodes.

import type { GraphBuilder } from "../graph/builder.ts";
import { buildOn, type Build } from "../ops/build.ts";

export class Tracer {
  readonly graph: GraphBuilder;
  readonly build: Build;

  constructor(graph: GraphBuilder) {
    this.graph = graph;
    this.build = buildOn(graph);
  }
}
