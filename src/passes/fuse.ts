// Fusion: what works on the same elements becomes one kernel, so that a layer is one dispatch. What joins what:
//   maps join the product or the rows that make what they read (epilogue), or other maps;
//   rows join rows of the same arrangement, with the maps before, between and after their totals;
//   the column sums of a matrix join the product Xᵀ·G that reads the same matrix (a bias gradient beside its weight's);
//   constants and gathered rows are free: each reader has its own.
// A kernel never needs more storage buffers than the device binds. Values keep their ids, and a fused node keeps the
// nodes it stands for, so any executor may run them one by one.

import { append } from "../core/multimap.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { rowsForm, type RowsForm } from "../graph/rows.ts";
import { keepsBusy } from "../ops/reduce_kernel.ts";
import { at } from "../ops/define.ts";
import { collect } from "./collect.ts";
import { hasForm, isColumnSum } from "./forms.ts";
import { freeNodes } from "./free_nodes.ts";
import { groupsIn, type Group, type Groups } from "./groups.ts";
import { mayShareKernel } from "./keep_apart.ts";
import { refine } from "./refine.ts";

/** `inPlace`: counts a state and what replaces it as one buffer, as they are in all but rare plans. */
export function fuse(graph: Graph, profile: Profile, inPlace = true): Graph {
  const groups = groupsIn(graph, freeNodes(graph, profile), inPlace);
  const mayBe = (members: Group): boolean => canBeKernel(members, groups, profile);
  // Pairs that were tried. What they would wait for stays so, whatever else is joined.
  const refused = new WeakMap<Group, WeakSet<Group>>();
  /** Makes one group of those of two nodes, if that can be a kernel; true where it did. */
  const join: Join = (first, second) => {
    const [into, from] = [groups.of(first), groups.of(second)];
    if (!into || !from || into === from || refused.get(into)?.has(from)) return false;
    const members = new Set([...into, ...from]);
    if (mayBe(members) && !groups.wouldCycle(members)) {
      groups.put(members);
      return true;
    }
    refused.set(into, (refused.get(into) ?? new WeakSet()).add(from));
    return false;
  };
  joinColumnSums(graph.nodes, join);
  // One merge can be what another waits for: maps that turn out to be of rows can take what they read.
  while (
    joinNeighbours(graph.nodes, groups, join) ||
    joinSiblings(groups, join) ||
    refine(groups, graph.nodes, mayBe)
  );
  return collect(graph, groups);
}

type Join = (into: Node, from: Node) => boolean;

/** Σ over the rows of G beside Xᵀ·G. */
function joinColumnSums(nodes: readonly Node[], join: Join): void {
  const products = nodes.filter(({ op }) => op.anchor);
  for (const sum of nodes.filter(({ op }) => op.name === "sum")) {
    const product = products.find((other) => isColumnSum(sum, other));
    if (product) join(product, sum);
  }
}

/**
 * Each node with the groups that make what it reads. Products first: their kernels run anyway; and the latest: no other
 * has to wait, and keep what it reads, for it. Of maps alone those that read the least: if not all fit, what is cut off
 * is the largest part, which makes the fewest intermediate values of a tree.
 */
function joinNeighbours(nodes: readonly Node[], groups: Groups, join: Join): boolean {
  const rank = (node: Node): readonly number[] => {
    const group = groups.of(node) ?? new Set();
    const members = [...group];
    if (members.some(({ op }) => op.anchor)) return [2, node.id];
    return members.some(({ op }) => op.rows) ? [1, node.id] : [0, -groups.inputsOf(group).length];
  };
  let joined = false;
  for (const node of nodes) {
    const makers = groups.makers(node).map((maker) => ({ maker, rank: rank(maker) }));
    makers.sort((p, q) => at(q.rank, 0) - at(p.rank, 0) || at(q.rank, 1) - at(p.rank, 1));
    for (const { maker } of makers) if (join(maker, node)) joined = true;
  }
  return joined;
}

/** Rows of one arrangement that read a tensor together, scalars, and updates; true where any were joined. */
function joinSiblings(groups: Groups, join: Join): boolean {
  const seen = new Map<string, Node[]>();
  let joined = false;
  for (const group of groups.all()) {
    const [first] = group;
    const kind = kindOf(group, groups);
    if (!first || kind === undefined) continue;
    for (const other of seen.get(kind) ?? []) {
      const [before, own] = [groups.of(other), groups.of(first)];
      if (before && own && areSiblings(before, own, groups) && join(other, first)) joined = true;
    }
    append(seen, kind, first);
  }
  return joined;
}

/** What groups must have in common to be siblings. */
function kindOf(group: Group, groups: Groups): string | undefined {
  const members = [...group];
  if (members.some(({ op }) => op.anchor)) return undefined;
  const stored = groups.outputsOf(group).filter((value) => !groups.maker(value)?.op.effect);
  if (stored.every(isScalar)) return "scalars";
  const isUpdate = stored.every((value) => groups.replacedBy(value) !== undefined);
  // Those that wait for the same: to run at once, none has to keep what it reads for longer.
  if (isUpdate && members.every(({ op }) => op.map)) return `updates ${groups.lastBefore(group)}`;
  const form = formOf(group, groups);
  return form && `${formatShape(form.shape)} ${formatShape(form.axes)}`;
}

function areSiblings(first: Group, second: Group, groups: Groups): boolean {
  const both = [first, second];
  if (both.every((group) => [...group].every(({ op }) => op.map)))
    return !overwrites(first, second, groups) && !overwrites(second, first, groups);
  if (both.some((group) => ![...group].some(({ op }) => op.rows))) return true;
  const read = groups.inputsOf(first).filter((value) => !isScalar(value));
  return groups.inputsOf(second).some(({ id }) => read.some((value) => value.id === id));
}

/** Whether one replaces a state that the other reads: at the same time, neither would see the old one for certain. */
function overwrites(first: Group, second: Group, groups: Groups): boolean {
  const replaced = new Set(groups.outputsOf(first).map((value) => groups.replacedBy(value)));
  return groups.inputsOf(second).some(({ id }) => replaced.has(id));
}

/** Whether a group can be a kernel, and is worth one. */
function canBeKernel(members: Group, groups: Groups, profile: Profile): boolean {
  return (
    groups.bindings(members) <= profile.limits.maxStorageBuffersPerShaderStage &&
    mayShareKernel(members, groups.producers) &&
    hasForm(members, groups, profile) &&
    isWorthwhile(members, groups, profile)
  );
}

/** Rows that store their elements are worth a kernel of their own only if it keeps the device busy. */
function isWorthwhile(members: Group, groups: Groups, profile: Profile): boolean {
  const form = formOf(members, groups);
  if (!form || keepsBusy(form, profile)) return true;
  return groups.outputsOf(members).every((value) => form.level(value) === "row");
}

const formOf = (group: Group, groups: Groups): RowsForm | undefined =>
  rowsForm(groups.bodyOf(group), groups.isFree);

const isScalar = ({ shape }: Value): boolean => sizeOf(shape) === 1;
