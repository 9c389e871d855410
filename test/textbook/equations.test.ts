// Every numbered equation of the chapter, (1) to (9) and (a) to (f), for one example.

import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import type { HostTensor } from "../../src/core/host_tensor.ts";
import { halfSquaredError } from "../../src/loss/index.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { grad } from "../../src/trace/transform.ts";
import { forward } from "./closed_forms.ts";
import { BOUND, devices, host, network, xs, ys } from "./example.ts";

const [D, Q, L] = [3, 4, 2];
/** The hidden unit and the output unit that single-unit equations are asked for. */
const H = 2;
const J = 1;
const x = xs[0] ?? [];
const y = ys[0] ?? [];
const { alpha, b, beta, yHat, error } = forward(network, x, y);
const { v, w } = network;

interface Inputs {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly v: Tensor;
  readonly gamma: Tensor;
  readonly w: Tensor;
  readonly theta: Tensor;
  /** 1 at unit H, and at unit J. */
  readonly atH: Tensor;
  readonly atJ: Tensor;
}

/** The network and each partial derivative that the chapter names, every one by itself. */
function partials({ x, y, v, gamma, w, theta, atH, atJ }: Inputs) {
  const alpha = x.matmul(v);
  const b = alpha.sub(gamma).sigmoid();
  const beta = b.matmul(w);
  const yHat = beta.sub(theta).sigmoid();
  const E = (guess: Tensor): Tensor => halfSquaredError(guess, y, { reduction: "sum" });
  const rest = (h: Tensor): Tensor => E(h.matmul(w).sub(theta).sigmoid());
  return {
    alpha,
    b,
    beta,
    yHat,
    E: E(yHat),
    E_w: grad((w: Tensor) => E(b.matmul(w).sub(theta).sigmoid()))(w),
    betaJ_w: grad((w: Tensor) => b.matmul(w).mul(atJ).sum())(w),
    E_yHat: grad(E)(yHat),
    yHat_beta: grad((beta: Tensor) => beta.sub(theta).sigmoid().sum())(beta),
    E_theta: grad((theta: Tensor) => E(beta.sub(theta).sigmoid()))(theta),
    yHat_theta: grad((theta: Tensor) => beta.sub(theta).sigmoid().sum())(theta),
    E_v: grad((v: Tensor) => rest(x.matmul(v).sub(gamma).sigmoid()))(v),
    E_beta: grad((beta: Tensor) => E(beta.sub(theta).sigmoid()))(beta),
    betaJ_b: grad((b: Tensor) => b.matmul(w).mul(atJ).sum())(b),
    b_alpha: grad((alpha: Tensor) => alpha.sub(gamma).sigmoid().sum())(alpha),
    alphaH_v: grad((v: Tensor) => x.matmul(v).mul(atH).sum())(v),
    E_gamma: grad((gamma: Tensor) => rest(alpha.sub(gamma).sigmoid()))(gamma),
    b_gamma: grad((gamma: Tensor) => alpha.sub(gamma).sigmoid().sum())(gamma),
  };
}

type Name = keyof ReturnType<typeof partials>;

describe.each(devices)("on %s", (_, open) => {
  let got: Record<Name, HostTensor>;

  beforeAll(async () => {
    const inputs = {
      x: spec([1, D]),
      y: spec([1, L]),
      v: spec([D, Q]),
      gamma: spec([Q]),
      w: spec([Q, L]),
      theta: spec([L]),
      atH: spec([Q]),
      atJ: spec([L]),
    };
    const program = await compile(await open(), partials, inputs);
    const { gamma, theta } = network;
    const one = (size: number, at: number): HostTensor =>
      host(Array.from({ length: size }, (_, i) => Number(i === at)));
    program.run({
      x: host([x]),
      y: host([y]),
      v: host(v),
      gamma: host(gamma),
      w: host(w),
      theta: host(theta),
      atH: one(Q, H),
      atJ: one(L, J),
    });
    got = await program.read();
    program.dispose();
  });

  /** The element at (row, column) of what was found, columns as in the shape. */
  const at = (name: Name, row: number, column = 0): number => {
    const { data, shape } = got[name];
    return data[row * (shape.length > 1 ? (shape[1] ?? 1) : 1) + column] ?? NaN;
  };
  const near = (found: number, wanted: number, what: string): void => {
    expect(Math.abs(found - wanted), `${what}: ${found}, not ${wanted}`).toBeLessThanOrEqual(BOUND);
  };
  const hidden = [0, 1, 2, 3];
  const outputs = [0, 1];
  const inputs = [0, 1, 2];
  const V = (i: number, h: number): number => v[i]?.[h] ?? NaN;
  const W = (h: number, j: number): number => w[h]?.[j] ?? NaN;
  const of = (list: readonly number[], i: number): number => list[i] ?? NaN;

  test("(1) α, b, β and ŷ: weighted sums less thresholds, through σ", () => {
    for (const h of hidden) {
      near(at("alpha", 0, h), inputs.reduce((sum, i) => sum + V(i, h) * of(x, i), 0), `α_${h}`); // prettier-ignore
      near(at("b", 0, h), of(b, h), `b_${h}`);
    }
    for (const j of outputs) {
      near(at("beta", 0, j), of(beta, j), `β_${j}`);
      near(at("yHat", 0, j), 1 / (1 + Math.exp(-(of(beta, j) - of(network.theta, j)))), `ŷ_${j}`);
    }
    expect(alpha).toHaveLength(Q);
  });

  test("(2) E = ½ Σ (ŷ − y)²", () => near(at("E", 0), error, "E"));

  test("(3) ∂E/∂w_hj = ∂E/∂ŷ_j · ∂ŷ_j/∂β_j · ∂β_j/∂w_hj = ŷ_j (ŷ_j − y_j)(1 − ŷ_j) b_h", () => {
    for (const h of hidden)
      for (const j of outputs) {
        near(at("E_w", h, j), at("E_yHat", 0, j) * at("yHat_beta", 0, j) * at("b", 0, h), `w_${h}${j}`);
        const g = of(yHat, j) * (of(yHat, j) - of(y, j)) * (1 - of(yHat, j));
        near(at("E_w", h, j), g * of(b, h), `w_${h}${j}`);
      }
  });

  test("(4) ∂β_j/∂w_hj = b_h, and 0 for the other outputs' weights", () => {
    for (const h of hidden)
      for (const j of outputs) near(at("betaJ_w", h, j), j === J ? of(b, h) : 0, `w_${h}${j}`);
  });

  test("(5) ∂E/∂ŷ_j = ŷ_j − y_j", () => {
    for (const j of outputs) near(at("E_yHat", 0, j), of(yHat, j) - of(y, j), `ŷ_${j}`);
  });

  test("(6) ∂ŷ_j/∂β_j = ŷ_j (1 − ŷ_j)", () => {
    for (const j of outputs) near(at("yHat_beta", 0, j), of(yHat, j) * (1 - of(yHat, j)), `β_${j}`);
  });

  test("(7) ∂E/∂θ_j = ∂E/∂ŷ_j · ∂ŷ_j/∂θ_j = ŷ_j (ŷ_j − y_j)(ŷ_j − 1)", () => {
    for (const j of outputs) {
      near(at("E_theta", j), at("E_yHat", 0, j) * at("yHat_theta", j), `θ_${j}`);
      near(at("E_theta", j), of(yHat, j) * (of(yHat, j) - of(y, j)) * (of(yHat, j) - 1), `θ_${j}`);
    }
  });

  test("(8) ∂ŷ_j/∂θ_j = ŷ_j (ŷ_j − 1)", () => {
    for (const j of outputs) near(at("yHat_theta", j), of(yHat, j) * (of(yHat, j) - 1), `θ_${j}`);
  });

  test("(9) ∂E/∂v_ih = Σ_j ∂E/∂β_j · ∂β_j/∂b_h · ∂b_h/∂α_h · ∂α_h/∂v_ih", () => {
    for (const i of inputs)
      for (const h of hidden) {
        const back = outputs.reduce((sum, j) => sum + at("E_beta", 0, j) * W(h, j), 0);
        near(at("E_v", i, h), back * at("b_alpha", 0, h) * of(x, i), `v_${i}${h}`);
        const closed = outputs.reduce(
          (sum, j) => sum + of(yHat, j) * (of(yHat, j) - of(y, j)) * (1 - of(yHat, j)) * W(h, j),
          0,
        );
        near(at("E_v", i, h), of(b, h) * (1 - of(b, h)) * of(x, i) * closed, `v_${i}${h}`);
      }
  });

  test("(a) ∂E/∂β_j = ŷ_j (ŷ_j − y_j)(1 − ŷ_j)", () => {
    for (const j of outputs)
      near(at("E_beta", 0, j), of(yHat, j) * (of(yHat, j) - of(y, j)) * (1 - of(yHat, j)), `β_${j}`);
  });

  test("(b) ∂β_j/∂b_h = w_hj", () => {
    for (const h of hidden) near(at("betaJ_b", 0, h), W(h, J), `b_${h}`);
  });

  test("(c) ∂b_h/∂α_h = b_h (1 − b_h)", () => {
    for (const h of hidden) near(at("b_alpha", 0, h), of(b, h) * (1 - of(b, h)), `α_${h}`);
  });

  test("(d) ∂α_h/∂v_ih = x_i, and 0 for the other units' weights", () => {
    for (const i of inputs)
      for (const h of hidden) near(at("alphaH_v", i, h), h === H ? of(x, i) : 0, `v_${i}${h}`);
  });

  test("(e) ∂E/∂γ_h = Σ_j ∂E/∂β_j · ∂β_j/∂b_h · ∂b_h/∂γ_h", () => {
    for (const h of hidden) {
      const back = outputs.reduce((sum, j) => sum + at("E_beta", 0, j) * W(h, j), 0);
      near(at("E_gamma", h), back * at("b_gamma", h), `γ_${h}`);
      const closed = outputs.reduce(
        (sum, j) => sum + of(yHat, j) * (of(yHat, j) - of(y, j)) * (1 - of(yHat, j)) * W(h, j),
        0,
      );
      near(at("E_gamma", h), of(b, h) * (of(b, h) - 1) * closed, `γ_${h}`);
    }
  });

  test("(f) ∂b_h/∂γ_h = b_h (b_h − 1)", () => {
    for (const h of hidden) near(at("b_gamma", h), of(b, h) * (of(b, h) - 1), `γ_${h}`);
  });
});
