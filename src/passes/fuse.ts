// Fusion: maps join the kernel that makes what they read, so that a layer is one dispatch. What joins what:
//   a map joins a matmul, reduction, softmax or other maps when it works on the same elements (epilogue);
//   maps that only a reduction reads join it (prologue);
//   the column sums of a matrix join the product Xᵀ·G that reads the same matrix (a bias gradient beside its weight's);
//   constants and gathered rows are free: each reader has its own.
// A kernel never needs more storage buffers than the device binds. Values keep their ids, and a fused node keeps the
// nodes it stands for, so any executor may run them one by one.

import { sameShape, sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { at } from "../ops/define.ts";
import { collect } from "./collect.ts";
import { freeNodes } from "./free_nodes.ts";
import { Groups, type Group } from "./groups.ts";
import { mayShareKernel } from "./keep_apart.ts";

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
  const anchored = (producer: Node): number => Number(groups.of(producer)?.anchor !== undefined);
  // The anchors first: their kernels run anyway. And the latest: no other has to wait, and keep what it reads, for it.
  const producers = node.inputs
    .map(({ id }) => groups.producers.get(id))
    .filter((producer): producer is Node => producer !== undefined && groups.of(producer) !== undefined)
    .sort((p, q) => anchored(q) - anchored(p) || q.id - p.id);
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
    if (!mayShareKernel(members, groups.producers)) continue;
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
    if (!mayShareKernel(members, groups.producers)) continue;
    if (groups.bindings(members) > profile.limits.maxStorageBuffersPerShaderStage) continue;
    for (const moved of before.members) sites.set(moved, moved);
    groups.merge(group, before);
  }
}

/** Σ over the rows of G beside Xᵀ·G: the gradients of a bias and of its weight are one kernel. */
function joinColumnSums(node: Node, group: Group, groups: Groups, sites: Sites, profile: Profile): void {
  if (node.op.name !== "sum") return;
  const summed = at(node.inputs, 0);
  const rank = summed.shape.length;
  const matrices = summed.shape.slice(0, -2);
  const columns = [...matrices, summed.shape.at(-1) ?? 1];
  if (
    rank < 2 ||
    sizeOf(shapeAt(node)) !== sizeOf(columns) ||
    (node.attrs["axes"] as number[]).join() !== String(rank - 2)
  )
    return;
  const product = (groups.consumers.get(summed.id) ?? []).find(
    ({ op, inputs, attrs, outputs }) =>
      op.name === "matmul" &&
      at(inputs, 1).id === summed.id &&
      at(inputs, 0).id !== summed.id &&
      attrs["transposeX"] === true &&
      attrs["transposeY"] === false &&
      sameShape(at(outputs, 0).shape.slice(0, -2), matrices),
  );
  // The kernel of a product has one place for sums, and none runs for a product without elements.
  if (!product || group.members.size > 1 || sizeOf(shapeAt(product)) === 0) return;
  const beside = groups.of(product)?.members ?? new Set([product]);
  if ([...beside].some(({ op }) => op.name === "sum")) return;
  const members = new Set([node, ...beside]);
  if (!mayShareKernel(members, groups.producers)) return;
  if (groups.wouldCycle(members) || groups.bindings(members) > profile.limits.maxStorageBuffersPerShaderStage)
    return;
  groups.merge(groups.of(product) ?? groups.start(product), group);
}
