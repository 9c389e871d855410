// Fusion: maps join the kernel that makes what they read, so that a layer is one dispatch. What joins what:
//   a map joins a matmul, reduction, softmax or other maps when it works on the same elements (epilogue);
//   maps that only a reduction reads join it (prologue);
//   the column sums of a matrix join the product Xᵀ·G that reads the same matrix (a bias gradient beside its weight's);
//   constants and gathered rows are free: each reader has its own.
// A kernel never needs more storage buffers than the device binds. Values keep their ids, and a fused node keeps the
// nodes it stands for, so any executor may run them one by one.

import { sameShape, sizeOf } from "../core/shape.ts";
import { consumersOf, producersOf, resultsOf, type Graph } from "../graph/graph.ts";
import type { Node, Op, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import { Groups, type Group } from "./groups.ts";
import { topological } from "../graph/topological.ts";

/** `inPlace`: counts a state and what replaces it as one buffer, as they are in all but rare plans. */
export function fuse(graph: Graph, profile: Profile, inPlace = true): Graph {
  const groups = new Groups(graph, freeNodes(graph, profile), inPlace);
  const sites = new Sites();
  for (const node of graph.nodes) {
    if (node.op.alias || groups.isFree(node)) continue;
    if (groups.of(node)) continue;
    const group = groups.start(node);
    if (node.op.anchor) {
      sites.set(node, node);
      joinPrologue(node, group, groups, sites, profile);
      joinColumnSums(node, group, groups, sites, profile);
    } else joinEpilogue(node, groups, sites, profile);
  }
  return collect(graph, groups);
}

/** Constants; and gathers all of whose readers can index rows themselves, and have buffers to spare for it. */
function freeNodes(graph: Graph, profile: Profile): Set<Node> {
  const free = freeCandidates(graph);
  dropChains(graph, free);
  const most = profile.limits.maxStorageBuffersPerShaderStage;
  for (;;) {
    const groups = new Groups(graph, free, false);
    const crowded = graph.nodes.filter((node) => !free.has(node) && groups.bindings([node]) > most);
    const gathers = crowded.flatMap(({ inputs }) =>
      inputs.flatMap(({ id }) => groups.producers.get(id) ?? []).filter((n) => n.op.name === "gather"),
    );
    const before = free.size;
    for (const gather of gathers) free.delete(gather);
    if (free.size === before) return free;
  }
}

function freeCandidates(graph: Graph): Set<Node> {
  const consumers = consumersOf(graph.nodes);
  const results = resultsOf(graph);
  const canIndex = (reader: Node, value: Value): boolean => {
    if (reader.op.map || reader.op.effect) return true;
    const rows = reader.op.anchor?.rows ?? [];
    return (
      value.shape.length === 2 && reader.inputs.every(({ id }, i) => id !== value.id || rows.includes(i))
    );
  };
  const isFree = (node: Node): boolean => {
    const [output] = node.outputs;
    if (!output || results.has(output.id)) return false;
    if (node.op.name === "constant")
      return (consumers.get(output.id) ?? []).every(({ op }) => op.map ?? op.effect);
    return (
      node.op.name === "gather" &&
      (consumers.get(output.id) ?? []).every((reader) => canIndex(reader, output))
    );
  };
  return new Set(graph.nodes.filter(isFree));
}

/** An anchor binds the rows it picks and their numbers as they lie in buffers: neither may be picked in turn. */
function dropChains(graph: Graph, free: Set<Node>): void {
  const producers = producersOf(graph.nodes);
  const sources = ({ inputs }: Node): Node[] => inputs.flatMap(({ id }) => producers.get(id) ?? []);
  const picked = graph.nodes
    .filter(({ op }) => op.anchor)
    .flatMap(sources)
    .filter((node) => free.has(node));
  for (const inner of picked.flatMap(sources)) free.delete(inner);
}

/** For each fused map, the anchor at whose store it is printed (itself for maps alone). */
class Sites {
  private readonly siteOf = new Map<Node, Node>();
  set(node: Node, site: Node): void {
    this.siteOf.set(node, site);
  }
  of(node: Node): Node {
    return this.siteOf.get(node) ?? node;
  }
}

const shapeAt = (site: Node): readonly number[] => at(site.outputs, 0).shape;

/** Joins a map (or an effect) to the group of a producer, and with it the other maps it reads. */
function joinEpilogue(node: Node, groups: Groups, sites: Sites, profile: Profile): void {
  sites.set(node, node);
  if (!isPointwise(node)) return;
  const shape = node.op.effect ? [] : shapeAt(node);
  // The anchors first: their kernels run anyway.
  const producers = node.inputs
    .map(({ id }) => groups.producers.get(id))
    .filter((producer): producer is Node => producer !== undefined && groups.of(producer) !== undefined)
    .sort((p, q) => Number(groups.of(q)?.anchor !== undefined) - Number(groups.of(p)?.anchor !== undefined));
  for (const producer of producers) {
    const own = groups.of(node);
    const other = groups.of(producer);
    if (!own || !other || own === other || (own.anchor && other.anchor)) continue;
    if (!sameShape(shapeAt(producer), shape)) continue;
    const [into, from] = own.anchor ? [own, other] : [other, own];
    const site = own.anchor ? sites.of(node) : sites.of(producer);
    const siteAfter = (member: Node): Node => (from.members.has(member) ? site : sites.of(member));
    const members = new Set([...into.members, ...from.members]);
    if (!edgesFit(into, from, groups, siteAfter) || groups.wouldCycle(members)) continue;
    if (groups.bindings(members) > profile.limits.maxStorageBuffersPerShaderStage) continue;
    for (const moved of from.members) sites.set(moved, site);
    groups.merge(into, from);
  }
}

const isPointwise = ({ op }: Node): boolean => op.effect !== undefined || op.map?.pointwise === true;

/** What a kernel makes can be read inside it only where it is made, element by element. */
function edgesFit(into: Group, from: Group, groups: Groups, siteAfter: (node: Node) => Node): boolean {
  const fits = (reader: Node, input: Value, makers: ReadonlySet<Node>): boolean => {
    const producer = groups.producers.get(input.id);
    if (!producer || !makers.has(producer)) return true;
    const shape = reader.op.effect ? [] : shapeAt(reader);
    return isPointwise(reader) && siteAfter(reader) === siteAfter(producer) && sameShape(input.shape, shape);
  };
  const allFit = (readers: ReadonlySet<Node>, makers: ReadonlySet<Node>): boolean =>
    [...readers].every((reader) => reader.inputs.every((input) => fits(reader, input, makers)));
  return allFit(from.members, into.members) && allFit(into.members, from.members);
}

/** Maps whose results only this reduction reads are computed while it loads. */
function joinPrologue(node: Node, group: Group, groups: Groups, sites: Sites, profile: Profile): void {
  for (const i of node.op.anchor?.loads ?? []) {
    const before = groups.ofValue(at(node.inputs, i));
    if (!before || before.anchor || before === group) continue;
    const escapes = groups.outputsOf(before.members);
    const onlyHere = escapes.every(({ id }) =>
      (groups.consumers.get(id) ?? []).every((reader) => reader === node),
    );
    const members = new Set([...group.members, ...before.members]);
    const kept = groups.outputsOf(members).some(({ id }) => escapes.some((value) => value.id === id));
    if (!onlyHere || kept || escapes.length !== 1) continue;
    if ([...before.members].some(({ op }) => op.effect !== undefined)) continue;
    if (groups.bindings(members) > profile.limits.maxStorageBuffersPerShaderStage) continue;
    for (const moved of before.members) sites.set(moved, moved);
    groups.merge(group, before);
  }
}

/** Σ over the rows of G beside Xᵀ·G: the gradients of a bias and of its weight are one kernel. */
function joinColumnSums(node: Node, group: Group, groups: Groups, sites: Sites, profile: Profile): void {
  if (node.op.name !== "sum") return;
  const summed = at(node.inputs, 0);
  const columns = summed.shape.at(-1) ?? 1;
  if (
    summed.shape.length !== 2 ||
    sizeOf(shapeAt(node)) !== columns ||
    (node.attrs["axes"] as number[]).join() !== "0"
  )
    return;
  const product = (groups.consumers.get(summed.id) ?? []).find(
    ({ op, inputs, attrs }) =>
      op.name === "matmul" &&
      at(inputs, 1).id === summed.id &&
      at(inputs, 0).id !== summed.id &&
      attrs["transposeX"] === true &&
      attrs["transposeY"] === false &&
      at(inputs, 0).shape.length === 2,
  );
  // The kernel of a product has one place for sums, and none runs for a product without elements.
  if (!product || group.members.size > 1 || sizeOf(shapeAt(product)) === 0) return;
  const beside = groups.of(product)?.members ?? new Set([product]);
  if ([...beside].some(({ op }) => op.name === "sum")) return;
  const members = new Set([node, ...beside]);
  if (groups.wouldCycle(members) || groups.bindings(members) > profile.limits.maxStorageBuffersPerShaderStage)
    return;
  groups.merge(groups.of(product) ?? groups.start(product), group);
}

const fusedOp: Op = {
  name: "fused",
  infer: () => [],
  reference: () => [],
};

/** Groups as nodes, in an order in which every value is made before it is read. */
function collect(graph: Graph, groups: Groups): Graph {
  const done = new Set<Group>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const group = groups.of(node);
    if (groups.isFree(node)) continue;
    if (!group) nodes.push(node);
    else if (!done.has(group)) {
      done.add(group);
      nodes.push(fusedNode(graph, groups, group));
    }
  }
  return { ...graph, nodes: topological(nodes) };
}

function fusedNode(graph: Graph, groups: Groups, group: Group): Node {
  const isMember = (node: Node): boolean => group.members.has(node) || feeds(node);
  /** Free nodes that members read, directly or through other free nodes. */
  const feeds = (node: Node): boolean =>
    groups.isFree(node) &&
    node.outputs.some(({ id }) => (groups.consumers.get(id) ?? []).some((reader) => isMember(reader)));
  const body = graph.nodes.filter(isMember);
  const head = group.anchor ?? at([...group.members], 0);
  if (body.length === 1) return head;
  return {
    id: head.id,
    op: fusedOp,
    inputs: groups.inputsOf(group.members),
    attrs: {},
    outputs: groups.outputsOf(group.members),
    phase: head.phase,
    body,
  };
}
