// Trees: leaves in nested arrays and plain objects, with their paths as names ("layers.0.weight").

import { ValueError } from "./errors.ts";

/** A leaf, or arrays and records of trees. */
export type Tree<Leaf> = Leaf | readonly Tree<Leaf>[] | { readonly [key: string]: Tree<Leaf> };

export interface NamedLeaf<Leaf> {
  readonly name: string;
  readonly leaf: Leaf;
}

/** Tells a leaf from a branch. */
export type IsLeaf<Leaf> = (x: unknown) => x is Leaf;

/** The leaves in order: array order, and for records the order of their keys. */
export function leavesOf<Leaf>(tree: Tree<Leaf>, isLeaf: IsLeaf<Leaf>, path = ""): NamedLeaf<Leaf>[] {
  if (isLeaf(tree)) return [{ name: path, leaf: tree }];
  if (tree === null || typeof tree !== "object")
    throw new ValueError(
      `tree: ${path || "the root"} is ${String(tree)}. Use arrays, plain objects and tensors.`,
    );
  return Object.entries(tree).flatMap(([key, branch]) =>
    leavesOf<Leaf>(branch, isLeaf, path ? `${path}.${key}` : key),
  );
}

/** The same branches with other leaves. */
export function mapTree<Leaf, To>(
  tree: Tree<Leaf>,
  isLeaf: IsLeaf<Leaf>,
  f: (leaf: Leaf, name: string) => To,
  path = "",
): Tree<To> {
  if (isLeaf(tree)) return f(tree, path);
  const at = (key: string): string => (path ? `${path}.${key}` : key);
  if (Array.isArray(tree))
    return tree.map((branch: Tree<Leaf>, i) => mapTree(branch, isLeaf, f, at(String(i))));
  if (tree === null || typeof tree !== "object")
    throw new ValueError(
      `tree: ${path || "the root"} is ${String(tree)}. Use arrays, plain objects and tensors.`,
    );
  return Object.fromEntries(
    Object.entries(tree).map(([key, branch]) => [key, mapTree(branch, isLeaf, f, at(key))]),
  );
}
