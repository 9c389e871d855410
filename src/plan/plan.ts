// graph → plan: the order of dispatches, a buffer for every value, a kernel for every node. Pure data; no device.

import { LimitError } from "../core/errors.ts";
import { aliases, type Graph, type Home, type InputKind } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { kernelOf } from "./codegen.ts";
import { kernelKey, type Kernel } from "./kernel.ts";
import type { Placement } from "./kernel_scope.ts";
import { readsOnlyInPlace } from "./in_place.ts";
import { allocateBuffers, byteLengthOf, type Lifetime } from "./memory.ts";
import type { Recomputation } from "./recomputation.ts";
import { placeUpdates } from "./updates.ts";

export interface PlannedBuffer {
  /** What it is for. An input's buffer belongs to whoever binds it, a temporary to the program. */
  readonly role: InputKind | "temporary";
  readonly name: string;
  readonly byteLength: number;
}

export interface Dispatch {
  readonly node: Node;
  readonly kernel: Kernel;
  /** The same, compiled sooner and slower to run: for the first steps, where compiling `kernel` takes long. */
  readonly quick: Kernel | undefined;
  /** Values in and out, for printing and for executors that run the node itself. */
  readonly reads: readonly Value[];
  readonly writes: readonly Value[];
}

export interface PlanMemory {
  /** Bytes of the inputs: state, data, batches. */
  readonly inputs: number;
  /** Bytes of all temporaries in their shared buffers. */
  readonly temporaries: number;
  /** What the temporaries would take with a buffer each. */
  readonly unplanned: number;
}

export interface Plan {
  readonly graph: Graph;
  readonly profile: Profile;
  readonly buffers: readonly PlannedBuffer[];
  /** Value id → index in `buffers`. */
  readonly place: ReadonlyMap<number, number>;
  readonly dispatches: readonly Dispatch[];
  /** Value id → its place in a buffer that it shares with others of the bound inputs. */
  readonly homes: ReadonlyMap<number, Home>;
  /** Value id → the temporary that it is written over, element by element, as the dispatch reads it. */
  readonly inPlace: ReadonlyMap<number, Value>;
  /** Values made in the forward pass and kept for the backward pass. */
  readonly residuals: ReadonlySet<number>;
  readonly memory: PlanMemory;
  /** What checkpoints save and cost, where there are any. */
  readonly recomputation?: Recomputation;
}

export interface PlanOptions {
  /** False gives every value a buffer of its own, so that each can be read after the run. */
  readonly share?: boolean;
  /** False leaves out the quick kernels. */
  readonly quick?: boolean;
}

/** Throws LimitError where a buffer or a binding exceeds the profile's limits. */
export function plan(graph: Graph, profile: Profile, { share = true, quick = true }: PlanOptions = {}): Plan {
  const root = aliases(graph);
  const { order, overwrites } = placeUpdates(graph, root);
  const running = order.filter(({ op }) => !op.alias);
  const inputIds = new Set(graph.inputs.map(({ value }) => value.id));

  const lifetimes = lifetimesOf(running, graph, root).filter(
    ({ value }) => !inputIds.has(value.id) && !overwrites.has(value.id),
  );
  const allocation = allocateBuffers(lifetimes, share, root);
  const place = new Map<number, number>();
  graph.inputs.forEach(({ value }, i) => place.set(value.id, i));
  for (const [id, at] of allocation.place) place.set(id, graph.inputs.length + at);
  for (const [id, state] of overwrites) place.set(id, place.get(state.id) ?? 0);
  for (const node of order)
    for (const value of node.outputs)
      place.set(value.id, place.get(root(value).id) ?? place.get(value.id) ?? 0);

  const buffers: PlannedBuffer[] = [
    ...graph.inputs.map(({ name, kind, value }) => ({ role: kind, name, byteLength: byteLengthOf(value) })),
    ...allocation.sizes.map((byteLength, i) => ({ role: "temporary", name: `t${i}`, byteLength }) as const),
  ];
  checkLimits(buffers, profile);
  const homes = homesOf(graph, order, overwrites, root);
  const placement = { overwrites: new Map([...overwrites, ...allocation.overwrites]), homes };
  const dispatches = running
    .map((node): Dispatch => {
      const kernel = kernelOf(node, placement, profile);
      return {
        node,
        kernel,
        quick: quick ? quickKernelOf(node, kernel, placement, profile) : undefined,
        reads: node.inputs,
        writes: node.outputs,
      };
    })
    // An empty result needs no kernel.
    .filter(({ kernel }) => kernel.grid[0] > 0);
  return {
    graph,
    profile,
    buffers,
    place,
    dispatches,
    homes,
    inPlace: allocation.overwrites,
    residuals: residualsOf(running, root),
    memory: {
      inputs: graph.inputs.reduce((sum, { value }) => sum + byteLengthOf(value), 0),
      temporaries: allocation.sizes.reduce((sum, size) => sum + size, 0),
      unplanned: lifetimes.reduce((sum, { value }) => sum + byteLengthOf(value), 0),
    },
  };
}

/** Of inputs, of what is written over them, and of both under another shape. */
function homesOf(
  graph: Graph,
  order: readonly Node[],
  overwrites: ReadonlyMap<number, Value>,
  root: (value: Value) => Value,
): Map<number, Home> {
  const homes = new Map<number, Home>();
  for (const { value, home } of graph.inputs) if (home) homes.set(value.id, home);
  for (const value of order.flatMap(({ outputs }) => outputs)) {
    const home = homes.get((overwrites.get(root(value).id) ?? root(value)).id);
    if (home) homes.set(value.id, home);
  }
  return homes;
}

/** Only a software adapter compiles so slowly that it shows: up to half a second for a product. */
function quickKernelOf(
  node: Node,
  kernel: Kernel,
  placement: Placement,
  profile: Profile,
): Kernel | undefined {
  if (profile.kind !== "software") return undefined;
  try {
    const quick = kernelOf(node, placement, { ...profile, quick: true });
    return kernelKey(quick) === kernelKey(kernel) ? undefined : quick;
  } catch (error) {
    // Smaller tiles are more workgroups, which may be too many where the kernel's own are not.
    if (error instanceof LimitError) return undefined;
    throw error;
  }
}

function lifetimesOf(order: readonly Node[], graph: Graph, root: (value: Value) => Value): Lifetime[] {
  const lifetimes = new Map<number, { value: Value; from: number; to: number; over: Value[] }>();
  const extend = (value: Value, to: number): void => {
    const found = lifetimes.get(root(value).id);
    if (found) found.to = to;
  };
  order.forEach((node, i) => {
    for (const value of node.outputs) {
      const over = node.inputs.filter((input) => readsOnlyInPlace(node, input, value, root));
      lifetimes.set(value.id, { value, from: i, to: i, over });
    }
    for (const value of node.inputs) extend(value, i);
  });
  for (const { value } of graph.outputs) extend(value, Infinity);
  return [...lifetimes.values()];
}

/** By the phase in which each op was traced: one kernel may hold ops of several. */
function residualsOf(order: readonly Node[], root: (value: Value) => Value): Set<number> {
  const forward = new Set<number>();
  const kept = new Set<number>();
  for (const node of order) {
    const read = new Set(node.inputs.map(({ id }) => id));
    for (const { phase, inputs, outputs } of node.body ?? [node]) {
      if (phase === "forward") for (const { id } of outputs) forward.add(id);
      else
        for (const value of inputs)
          if (read.has(value.id) && forward.has(root(value).id)) kept.add(root(value).id);
    }
  }
  return kept;
}

/** Throws LimitError where a buffer is larger than the device can make or bind. */
export function checkLimits(
  buffers: readonly Pick<PlannedBuffer, "name" | "byteLength">[],
  { limits, name: device }: Profile,
): void {
  for (const { name, byteLength } of buffers)
    for (const limit of ["maxBufferSize", "maxStorageBufferBindingSize"] as const)
      if (byteLength > limits[limit])
        throw new LimitError(
          `${name}: ${byteLength} bytes exceed ${limit} (${limits[limit]}) of ${device}. Use a smaller batch, split the tensor, or stream the data set.`,
        );
}
