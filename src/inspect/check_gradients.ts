// Compares the gradients of a function with central differences, all values stored in f64.

import { ValueError } from "../core/errors.ts";
import { hostTensor, isHostTensor, type HostTensor } from "../core/host_tensor.ts";
import { leavesOf, mapTree, type Tree } from "../core/tree.ts";
import { interpret } from "../oracle/interpret.ts";
import type { Tensor } from "../trace/tensor.ts";
import { spec, trace } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";

export interface GradientRow {
  /** Which leaf of the first argument, and which of its elements. */
  readonly name: string;
  readonly element: number;
  readonly gradient: number;
  readonly difference: number;
  /** |gradient − difference| / max(1, |gradient|, |difference|). */
  readonly error: number;
}

export interface GradientReport {
  readonly ok: boolean;
  readonly rows: readonly GradientRow[];
  readonly worst: GradientRow | undefined;
  toString(): string;
}

export interface GradientCheckOptions {
  /** Half the distance of the two points of a difference. */
  readonly step?: number;
  readonly tolerance?: number;
}

/**
 * Checks ∂f/∂args[0], element by element, at the given arguments. `f` gives a scalar. Central differences err by about
 * step²: the defaults suit functions of moderate curvature. At a kink (relu at 0, a tie in max) no step is right.
 */
export function checkGradients(
  f: (...args: Tree<Tensor>[]) => Tensor,
  args: readonly Tree<HostTensor>[],
  { step = 1e-5, tolerance = 1e-6 }: GradientCheckOptions = {},
): GradientReport {
  const [first] = args;
  if (first === undefined)
    throw new ValueError("checkGradients: no arguments were given. Pass what to differentiate by.");
  const specs = args.map((tree, i) => ({
    name: `x${i}`,
    specs: mapTree(tree, isHostTensor, ({ shape, dtype }) =>
      spec(shape, dtype === "f64" || dtype === "u8" ? "f32" : dtype),
    ),
  }));
  const inputs = args.flatMap((tree) => leavesOf(tree, isHostTensor)).map(({ leaf }) => inDoubles(leaf));
  const value = trace(f, specs).graph;
  const both = trace(valueAndGrad(f), specs).graph;
  const scalar = (): number => {
    const output = value.outputs[0];
    return (output && interpret(value, inputs, "f64").get(output.value.id)?.data[0]) ?? NaN;
  };
  const gradients = interpret(both, inputs, "f64");
  const rows: GradientRow[] = [];
  leavesOf(first, isHostTensor).forEach(({ name }, i) => {
    const found = both.outputs[i + 1];
    const gradient = found && gradients.get(found.value.id);
    const data = inputs[i]?.data;
    if (!gradient || !data) return;
    for (let element = 0; element < data.length; element++) {
      const center = data[element] ?? 0;
      const h = step * Math.max(1, Math.abs(center));
      data[element] = center + h;
      const above = scalar();
      data[element] = center - h;
      const below = scalar();
      data[element] = center;
      const difference = (above - below) / (2 * h);
      const exact = gradient.data[element] ?? NaN;
      const error = Math.abs(exact - difference) / Math.max(1, Math.abs(exact), Math.abs(difference));
      rows.push({ name: name || "x0", element, gradient: exact, difference, error });
    }
  });
  return report(rows, tolerance);
}

function inDoubles({ data, shape, dtype }: HostTensor): HostTensor {
  return dtype === "f32" || dtype === "u8" || dtype === "f64"
    ? hostTensor(Float64Array.from(data), shape)
    : hostTensor(data.slice(), shape, dtype);
}

function report(rows: readonly GradientRow[], tolerance: number): GradientReport {
  const wrong = (row: GradientRow): boolean => !(row.error <= tolerance);
  const size = ({ error }: GradientRow): number => (Number.isNaN(error) ? Infinity : error);
  const worst = rows.reduce<GradientRow | undefined>(
    (most, row) => (most && size(most) >= size(row) ? most : row),
    undefined,
  );
  const lines = rows
    .filter(wrong)
    .map(
      ({ name, element, gradient, difference }) =>
        `${name}[${element}]: gradient ${gradient}, central difference ${difference}`,
    );
  return {
    ok: !rows.some(wrong),
    rows,
    worst,
    toString: () => lines.join("\n") || `${rows.length} gradients agree`,
  };
}
