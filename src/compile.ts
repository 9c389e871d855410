// trace → passes → plan → program: the pipeline. Its stages are imported in their order, which bundlers keep: the ops come
// side by side then, near enough for gzip to see what they share.

import { LimitError } from "./core/errors.ts";
import { leavesOf, mapTree, type Tree } from "./core/tree.ts";
import type { Tensor } from "./trace/tensor.ts";
import {
  isSpec,
  trace,
  traceStep,
  type InputSpec,
  type Traceable,
  type TraceableStep,
  type Traced,
} from "./trace/trace.ts";
import { checkGraph } from "./graph/check.ts";
import type { Graph } from "./graph/graph.ts";
import type { Profile } from "./graph/profile.ts";
import { copyInputs } from "./passes/copy_inputs.ts";
import { dropDeadCode } from "./passes/dead_code.ts";
import { fuse } from "./passes/fuse.ts";
import { keepActivations } from "./passes/keep_activations.ts";
import { splitSums } from "./passes/split_sums.ts";
import { splitTotals } from "./passes/split_totals.ts";
import { simplify } from "./passes/simplify.ts";
import { plan, type Plan } from "./plan/plan.ts";
import { recomputation } from "./plan/recomputation.ts";
import type { Device } from "./runtime/device.ts";
import { isDeviceTensor, type DeviceTensor } from "./runtime/device_tensor.ts";
import type { ArgumentPath } from "./runtime/arguments.ts";
import { Program } from "./runtime/program.ts";

/** What stands for an input when compiling: its spec, or the device tensor that it is bound to for good. */
export type CompileInput = InputSpec | DeviceTensor;

// A tree of unknown arrangement stays one: following its branches would never end.
/** Inputs as the traced function sees them: tensors, arranged alike. */
export type Symbolic<Inputs> = [Tree<DeviceTensor>] extends [Inputs]
  ? Tree<Tensor>
  : Inputs extends CompileInput
    ? Tensor
    : { readonly [K in keyof Inputs]: Symbolic<Inputs[K]> };

type SymbolicArgs<Inputs extends readonly unknown[]> = { [K in keyof Inputs]: Symbolic<Inputs[K]> };

/** What a traced function returned as the program gives it: views, arranged alike. */
export type OnDevice<Outputs> = [Tree<Tensor>] extends [Outputs]
  ? Tree<DeviceTensor>
  : Outputs extends Tensor
    ? DeviceTensor
    : { readonly [K in keyof Outputs]: OnDevice<Outputs[K]> };

export interface LowerOptions {
  /** False keeps every op a kernel of its own. */
  readonly fused?: boolean;
  /** False gives every value a buffer of its own. */
  readonly share?: boolean;
  /** False leaves out the kernels that stand in for others while those compile. */
  readonly quick?: boolean;
}

/** graph → plan, for a device's profile. Pure. Where checkpoints recompute, the plan says what that saves and costs. */
export function lower(graph: Graph, profile: Profile, options: LowerOptions = {}): Plan {
  const made = lowerAsTraced(graph, profile, options);
  if (!graph.nodes.some(({ phase }) => phase === "recompute")) return made;
  const kept = lowerAsTraced(keepActivations(graph), profile, { ...options, quick: false });
  return { ...made, recomputation: recomputation(made, kept) };
}

function lowerAsTraced(graph: Graph, profile: Profile, { fused = true, ...options }: LowerOptions): Plan {
  const simple = checkGraph(dropDeadCode(simplify(checkGraph(graph, "trace"))), "simplify");
  const split = checkGraph(dropDeadCode(splitTotals(splitSums(simple, profile), profile)), "split");
  const ready = copyInputs(split);
  if (!fused) return plan(ready, profile, options);
  try {
    return plan(checkGraph(fuse(ready, profile), "fuse"), profile, options);
  } catch (error) {
    // Some state could not be replaced in place, so that its new value took one more buffer than fusion had counted.
    if (!(error instanceof LimitError)) throw error;
    return plan(checkGraph(fuse(ready, profile, false), "fuse"), profile, options);
  }
}

/**
 * Compiles a function of tensors. `program.run(...args)` takes what the specs describe and gives views of what `f`
 * returned, in the same arrangement.
 */
export function compile<Inputs extends readonly Tree<CompileInput>[], Outputs extends Tree<Tensor>>(
  device: Device,
  f: (...args: SymbolicArgs<Inputs>) => Outputs,
  ...inputs: Inputs
): Promise<Program<OnDevice<Outputs>>>;
export async function compile(
  device: Device,
  f: Traceable,
  ...inputs: readonly Tree<CompileInput>[]
): Promise<Program> {
  const args = inputs.map((tree, i) => ({ name: inputs.length === 1 ? "x" : `x${i}`, specs: specsOf(tree) }));
  return assemble(device, trace(f, args), sourcesOf(inputs));
}

/**
 * Compiles a step `(state, inputs) => [nextState, outputs]`. Each run replaces the state in its own buffers;
 * `program.run(inputs)` takes what the specs among the inputs describe.
 */
export function compileStep<
  State extends Tree<DeviceTensor>,
  Inputs extends Tree<CompileInput>,
  Outputs extends Tree<Tensor>,
>(
  device: Device,
  f: (
    state: Symbolic<State>,
    inputs: Symbolic<Inputs>,
  ) => readonly [nextState: Tree<Tensor>, outputs: Outputs],
  state: State,
  inputs: Inputs,
): Promise<Program<OnDevice<Outputs>>>;
export async function compileStep(
  device: Device,
  f: TraceableStep,
  state: Tree<DeviceTensor>,
  inputs: Tree<CompileInput>,
): Promise<Program> {
  const traced = traceStep(f, state, [{ name: "", specs: specsOf(inputs) }]);
  const bound = leavesOf<DeviceTensor>(state, isDeviceTensor).map(({ leaf }) => leaf);
  return assemble(device, traced, [...bound, ...sourcesOf([inputs])]);
}

async function assemble(
  device: Device,
  { graph: traced, outputs }: Traced,
  inputs: readonly (DeviceTensor | ArgumentPath)[],
): Promise<Program> {
  const graph = withHomes(traced, inputs);
  const byRules = lower(graph, device.profile);
  const replan = (profile: Profile): Plan => plan(byRules.graph, profile, { quick: false });
  const profile = await device.tuner?.tune(byRules, replan);
  const chosen = profile ? lower(graph, profile) : byRules;
  return Program.create(device, { graph, plan: chosen, outputs, inputs });
}

/** Notes which inputs share a buffer, and where each lies in it. */
function withHomes(graph: Graph, sources: readonly (DeviceTensor | ArgumentPath)[]): Graph {
  const tensors = sources.map((source) => (isDeviceTensor(source) ? source : undefined));
  const slabs = tensors.flatMap((tensor) => (tensor?.byteOffset === undefined ? [] : [tensor.buffer]));
  const inputs = graph.inputs.map((input, i) => {
    const { buffer, byteOffset } = tensors[i] ?? {};
    if (!buffer || byteOffset === undefined) return input;
    return { ...input, home: { slab: slabs.indexOf(buffer), offset: byteOffset / 4 } };
  });
  return { ...graph, inputs };
}

const isInput = (x: unknown): x is CompileInput => isDeviceTensor(x) || isSpec(x);

const specsOf = (tree: Tree<CompileInput>): Tree<InputSpec> =>
  mapTree(tree, isInput, (leaf) =>
    isDeviceTensor(leaf) ? { shape: leaf.shape, dtype: leaf.dtype, kind: "resident" } : leaf,
  );

/** By keys, not by names: a key may have a dot in it, as the names of saved parameters do. */
function sourcesOf(
  tree: Tree<CompileInput>,
  path: readonly (string | number)[] = [],
): (DeviceTensor | ArgumentPath)[] {
  if (isInput(tree)) return [isDeviceTensor(tree) ? tree : path];
  return Object.entries(tree).flatMap(([key, branch]) => sourcesOf(branch, [...path, key]));
}
