// Expressions of what lies in WebAssembly's memory.

import {
  Expressions as ExpressionsOf,
  type Expression as ExpressionOf,
  type Sources as SourcesOf,
} from "../../expression.ts";
import type { Place } from "../place.ts";

export { partsOf } from "../../expression.ts";

export type Expression = ExpressionOf<Place>;
export type Sources = SourcesOf<Place>;
export type Expressions = ExpressionsOf<Place>;
export const Expressions = ExpressionsOf<Place>;
