// The handwritten digits, and the few of them that the page shows.

import { loadDigits, take, type Dataset } from "chainrule";
import url from "../data/digits/digits.safetensors?url";

export interface Digits {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Two test examples of each class, in the order 0 … 9, 0 … 9. */
  readonly shown: Dataset;
}

const CLASSES = 10;
const EACH = 2;

/** Throws Error where the file cannot be fetched. */
export async function fetchDigits(): Promise<Digits> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The digits could not be loaded: the server said ${response.status}.`);
  const { train, test } = loadDigits(new Uint8Array(await response.arrayBuffer()));
  return { train, test, shown: take(test, rowsToShow(test)) };
}

function rowsToShow({ labels }: Dataset): number[] {
  const rows = Array.from({ length: CLASSES }, () => [] as number[]);
  labels?.data.forEach((label: number, row: number) => rows[label]?.push(row));
  return Array.from({ length: EACH }, (_, i) => rows.flatMap((ofClass) => ofClass[i] ?? [])).flat();
}
