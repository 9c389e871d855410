// The chapter's network of sigmoid units with thresholds, in plain loops over f64 numbers: nothing of the library is used.

export interface Network {
  /** v[i][h] and w[h][j]. */
  readonly v: readonly (readonly number[])[];
  readonly gamma: readonly number[];
  readonly w: readonly (readonly number[])[];
  readonly theta: readonly number[];
}

/** What the chapter names, for one example. */
export interface Example {
  readonly alpha: number[];
  readonly b: number[];
  readonly beta: number[];
  readonly yHat: number[];
  readonly error: number;
  readonly g: number[];
  readonly e: number[];
}

const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
const at = (list: readonly number[] | undefined, i: number): number => list?.[i] ?? NaN;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export function forward(
  { v, gamma, w, theta }: Network,
  x: readonly number[],
  y: readonly number[],
): Example {
  const alpha = gamma.map((_, h) => x.reduce((sum, xi, i) => sum + at(v[i], h) * xi, 0));
  const b = alpha.map((a, h) => sigma(a - at(gamma, h)));
  const beta = theta.map((_, j) => b.reduce((sum, bh, h) => sum + at(w[h], j) * bh, 0));
  const yHat = beta.map((a, j) => sigma(a - at(theta, j)));
  let error = 0;
  for (const [j, guess] of yHat.entries()) error += 0.5 * (guess - at(y, j)) ** 2;
  const g = yHat.map((guess, j) => guess * (1 - guess) * (guess - at(y, j)));
  const e = b.map((bh, h) => bh * (1 - bh) * g.reduce((sum, gj, j) => sum + gj * at(w[h], j), 0));
  return { alpha, b, beta, yHat, error, g, e };
}

/** The gradients of E for one example, by the chapter's closed forms. */
export function gradients(network: Network, x: readonly number[], y: readonly number[]): Network {
  const { b, g, e } = forward(network, x, y);
  return {
    v: x.map((xi) => e.map((eh) => eh * xi)),
    gamma: e.map((eh) => -eh),
    w: b.map((bh) => g.map((gj) => gj * bh)),
    theta: g.map((gj) => -gj),
  };
}

/** Sums over examples. */
export function summed(all: readonly Network[]): Network {
  const [first] = all;
  if (!first) throw new Error("no examples");
  const vector = (of: (network: Network) => readonly number[]): number[] =>
    of(first).map((_, i) => all.reduce((sum, each) => sum + at(of(each), i), 0));
  const matrix = (of: (network: Network) => readonly (readonly number[])[]): number[][] =>
    range(of(first).length).map((row) => vector((network) => of(network)[row] ?? []));
  return {
    v: matrix(({ v }) => v),
    gamma: vector(({ gamma }) => gamma),
    w: matrix(({ w }) => w),
    theta: vector(({ theta }) => theta),
  };
}
