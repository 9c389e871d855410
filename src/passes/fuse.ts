// Fusion: what works on the same elements becomes one kernel, so that a layer is one dispatch. What joins what:
//   maps join the product or the rows that make what they read (epilogue), or other maps;
//   rows join rows of the same arrangement, with the maps before, between and after their totals;
//   the column sums of a matrix join the product Xᵀ·G that reads the same matrix (a bias gradient beside its weight's);
//   constants and gathered rows are free: each reader has its own.
// A kernel never needs more storage buffers than the device binds. Values keep their ids, and a fused node keeps the
// nodes it stands for, so any executor may run them one by one.

import { formatShape, sizeOf } from "../core/shape.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { rowsForm } from "../graph/rows.ts";
import { keepsBusy } from "../ops/reduce_kernel.ts";
import { at } from "../ops/define.ts";
import { collect } from "./collect.ts";
import { hasForm, isColumnSum } from "./forms.ts";
import { freeNodes } from "./free_nodes.ts";
import { Groups, type Group } from "./groups.ts";
import { mayShareKernel } from "./keep_apart.ts";
import { refine } from "./refine.ts";

/** `inPlace`: counts a state and what replaces it as one buffer, as they are in all but rare plans. */
export function fuse(graph: Graph, profile: Profile, inPlace = true): Graph {
  const fusion = new Fusion(new Groups(graph, freeNodes(graph, profile), inPlace), profile);
  fusion.joinColumnSums(graph.nodes);
  // One merge can be what another waits for: maps that turn out to be of rows can take what they read.
  while (
    fusion.joinNeighbours(graph.nodes) ||
    fusion.joinSiblings() ||
    refine(fusion.groups, graph.nodes, (group) => fusion.mayBe(group))
  );
  return collect(graph, fusion.groups);
}

class Fusion {
  readonly groups: Groups;
  private readonly profile: Profile;
  /** Pairs that were tried. What they would wait for stays so, whatever else is joined. */
  private readonly refused = new WeakMap<Group, WeakSet<Group>>();

  constructor(groups: Groups, profile: Profile) {
    this.groups = groups;
    this.profile = profile;
  }

  /**
   * Each node with the groups that make what it reads. Products first: their kernels run anyway; and the latest: no other
   * has to wait, and keep what it reads, for it. Of maps alone those that read the least: if not all fit, what is cut off
   * is the largest part, which makes the fewest intermediate values of a tree.
   */
  joinNeighbours(nodes: readonly Node[]): boolean {
    const rank = (node: Node): readonly number[] => {
      const group = this.groups.of(node) ?? new Set();
      const members = [...group];
      if (members.some(({ op }) => op.anchor)) return [2, node.id];
      return members.some(({ op }) => op.rows) ? [1, node.id] : [0, -this.groups.inputsOf(group).length];
    };
    let joined = false;
    for (const node of nodes) {
      const makers = this.groups.makers(node).map((maker) => ({ maker, rank: rank(maker) }));
      makers.sort((p, q) => at(q.rank, 0) - at(p.rank, 0) || at(q.rank, 1) - at(p.rank, 1));
      for (const { maker } of makers) {
        const [own, other] = [this.groups.of(node), this.groups.of(maker)];
        if (own && other && this.join(other, own)) joined = true;
      }
    }
    return joined;
  }

  /** Σ over the rows of G beside Xᵀ·G. */
  joinColumnSums(nodes: readonly Node[]): void {
    const products = nodes.filter(({ op }) => op.anchor);
    for (const sum of nodes.filter(({ op }) => op.name === "sum")) {
      const product = products.find((other) => isColumnSum(sum, other));
      const [own, other] = [this.groups.of(sum), product && this.groups.of(product)];
      if (own && other) this.join(other, own);
    }
  }

  /** Rows of one arrangement that read a tensor together, scalars, and updates; true where any were joined. */
  joinSiblings(): boolean {
    const seen = new Map<string, Node[]>();
    let joined = false;
    for (const group of this.groups.all()) {
      const [first] = group;
      const kind = this.kindOf(group);
      if (!first || kind === undefined) continue;
      const others = seen.get(kind) ?? [];
      seen.set(kind, [...others, first]);
      for (const other of others) {
        const [before, own] = [this.groups.of(other), this.groups.of(first)];
        if (before && own && this.areSiblings(before, own) && this.join(before, own)) joined = true;
      }
    }
    return joined;
  }

  /** What groups must have in common to be siblings. */
  private kindOf(group: Group): string | undefined {
    const members = [...group];
    if (members.some(({ op }) => op.anchor)) return undefined;
    const stored = this.groups.outputsOf(group).filter((value) => !this.groups.maker(value)?.op.effect);
    if (stored.every(isScalar)) return "scalars";
    const isUpdate = stored.every((value) => this.groups.replacedBy(value) !== undefined);
    // Those that wait for the same: to run at once, none has to keep what it reads for longer.
    if (isUpdate && members.every(({ op }) => op.map)) return `updates ${this.groups.lastBefore(group)}`;
    const form = rowsForm(this.groups.bodyOf(group), (node) => this.groups.isFree(node));
    return form && `${formatShape(form.shape)} ${formatShape(form.axes)}`;
  }

  private areSiblings(first: Group, second: Group): boolean {
    const both = [first, second];
    if (both.every((group) => [...group].every(({ op }) => op.map)))
      return !this.overwrites(first, second) && !this.overwrites(second, first);
    if (both.some((group) => ![...group].some(({ op }) => op.rows))) return true;
    const read = this.groups.inputsOf(first).filter((value) => !isScalar(value));
    return this.groups.inputsOf(second).some(({ id }) => read.some((value) => value.id === id));
  }

  /** Whether one replaces a state that the other reads: at the same time, neither would see the old one for certain. */
  private overwrites(first: Group, second: Group): boolean {
    const replaced = new Set(this.groups.outputsOf(first).map((value) => this.groups.replacedBy(value)));
    return this.groups.inputsOf(second).some(({ id }) => replaced.has(id));
  }

  /** Whether a group can be a kernel, and is worth one. */
  mayBe(members: Group): boolean {
    const most = this.profile.limits.maxStorageBuffersPerShaderStage;
    return (
      this.groups.bindings(members) <= most &&
      mayShareKernel(members, this.groups.producers) &&
      hasForm(members, this.groups, this.profile) &&
      this.isWorthwhile(members)
    );
  }

  private join(into: Group, from: Group): boolean {
    if (into === from || this.refused.get(into)?.has(from)) return false;
    const members = new Set([...into, ...from]);
    if (this.mayBe(members) && !this.groups.wouldCycle(members)) {
      this.groups.put(members);
      return true;
    }
    this.refused.set(into, (this.refused.get(into) ?? new WeakSet()).add(from));
    return false;
  }

  /** Rows that store their elements are worth a kernel of their own only if it keeps the device busy. */
  private isWorthwhile(members: Group): boolean {
    const form = rowsForm(this.groups.bodyOf(members), (node) => this.groups.isFree(node));
    if (!form || keepsBusy(form, this.profile)) return true;
    return this.groups.outputsOf(members).every((value) => form.level(value) === "row");
  }
}

const isScalar = ({ shape }: Value): boolean => sizeOf(shape) === 1;
