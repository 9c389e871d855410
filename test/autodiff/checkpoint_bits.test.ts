// Activations computed again change no gradient by a bit.

import { describe, expect, test } from "vitest";
import { compile, lower } from "../../src/compile.ts";
import { type HostTensor } from "../../src/core/host_tensor.ts";
import { checkpoint } from "../../src/trace/checkpoint.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec } from "../../src/trace/trace.ts";
import { grad, valueAndGrad } from "../../src/trace/transform.ts";
import { checkBindings, checkContents } from "../plan/check_plan.ts";
import { runOracle, runPlan } from "../plan/run_plan.ts";
import { cpuDevice, webGpuDevice } from "../support/device.ts";
import { plainGpu } from "../support/profiles.ts";

import {
  bitsOf,
  byAll,
  chain,
  chainShapes,
  dataOf,
  graphOf,
  M,
  plain,
  type Args,
  type Differentiated,
} from "../support/checkpoints.ts";

const cases: readonly (readonly [string, Args, Differentiated])[] = [
  ["a chain in segments", chainShapes(5, 4, 4), (wrap) => byAll(chain(5, 2, wrap))],
  [
    "segments within segments",
    [M, M, M],
    (wrap) =>
      byAll((w, v, x) => {
        const inner = wrap((z: Tensor) => z.matmul(v).tanh().mul(z));
        const outer = wrap((z: Tensor) =>
          inner(inner(z.matmul(w).sigmoid()).tanh())
            .add(z)
            .exp(),
        );
        return outer(outer(x).mul(0.1)).sum();
      }),
  ],
  [
    "several outputs, of which one is of no use to the loss",
    [M, M, M],
    (wrap) =>
      byAll((w, v, x) => {
        const [p, { q }] = wrap((z: Tensor): [Tensor, { q: Tensor; r: Tensor }] => {
          const h = z.matmul(w).tanh();
          return [h.exp(), { q: h.mul(v), r: h.softmax() }];
        })(x);
        return p.mul(q).tanh().sum();
      }),
  ],
  [
    "an activation that leaves its segment through a closure",
    [M, M, M],
    (wrap) =>
      byAll((w, v, x) => {
        let inner = x;
        const y = wrap((z: Tensor) => {
          inner = z.matmul(w).sigmoid();
          return inner.matmul(v).tanh();
        })(x);
        return y.add(inner).tanh().sum();
      }),
  ],
  [
    "an activation to differentiate by",
    [M, M],
    (wrap) => (w, x) => {
      let inner = x;
      const y = wrap((z: Tensor) => {
        inner = z.matmul(w).tanh();
        return inner.exp().mul(inner);
      })(x);
      return valueAndGrad((_: Tensor) => y.square().sum())(inner);
    },
  ],
  [
    "a value of no parameter, computed again because a gradient needs it",
    [M, M],
    (wrap) => byAll((w, x) => wrap((z: Tensor) => x.exp().tanh().mul(z).sigmoid())(w).sum()),
  ],
  [
    "weights that all segments share, and a result that is their end twice",
    [M, M],
    (wrap) =>
      byAll((w, x) => {
        const f = wrap((z: Tensor) => z.matmul(w).tanh().matmul(w).sigmoid());
        const y = f(f(f(x)));
        return y.mul(y).sum();
      }),
  ],
  [
    "a stopped gradient, and rows that are picked",
    [M, M],
    (wrap) =>
      byAll((w, x) =>
        wrap((z: Tensor) => {
          const h = z.matmul(w).tanh();
          return h
            .stopGradient()
            .mul(h.gather(x.sum(1).mul(0).cast("u32")))
            .exp();
        })(x).sum(),
      ),
  ],
  [
    "the gradient of a gradient",
    [M, M],
    (wrap) => {
      const f = (w: Tensor, x: Tensor) =>
        wrap((z: Tensor) => z.matmul(w).tanh().matmul(w).sigmoid())(x).sum();
      const norm = (w: Tensor, x: Tensor) => grad(f)(w, x).square().sum();
      return (w, x) => valueAndGrad(norm)(w, x);
    },
  ],
  [
    "the gradient of a gradient of a gradient, in segments within segments",
    [M, M],
    (wrap) => {
      const f = (w: Tensor, x: Tensor) => {
        const inner = wrap((z: Tensor) => z.matmul(w).tanh().mul(z));
        return wrap((z: Tensor) => inner(z.sigmoid()).add(z))(x).sum();
      };
      const once = (w: Tensor, x: Tensor) => grad(f)(w, x).tanh().sum();
      const twice = (w: Tensor, x: Tensor) => grad(once)(w, x).square().sum();
      return (w, x) => valueAndGrad(twice)(w, x);
    },
  ],
  [
    "a gradient inside a checkpoint",
    [M, M],
    (wrap) =>
      byAll((w, x) => {
        const slope = wrap((z: Tensor) => grad((y: Tensor) => y.matmul(w).tanh().square().sum())(z));
        return slope(slope(x)).sum();
      }),
  ],
];

describe.each(cases)("%s", (_, shapes, f) => {
  const [kept, again] = [plain, checkpoint].map((wrap) => graphOf(f(wrap), shapes));
  if (!kept || !again) throw new Error("two graphs");

  test("gives the same bits, in a plan that holds", async () => {
    const data = dataOf(shapes);
    const want = bitsOf(kept, data);
    expect(bitsOf(again, data)).toEqual(want);
    expect(want.every((bits) => bits.some((x) => x !== 0))).toBe(true);
    for (const fused of [true, false]) {
      const plan = lower(again, plainGpu, { fused });
      checkContents(plan);
      checkBindings(plan);
      expect(plan.recomputation?.dispatches.length).toBeGreaterThan(0);
      expect(await runPlan(cpuDevice, again, plan, data, 1)).toEqual(runOracle(kept, data, 1));
    }
  });
});
test("on WebGPU, too, the same bits", async () => {
  const device = await webGpuDevice();
  const shapes = chainShapes(4, 8, 8);
  const data = dataOf(shapes);
  const runs = [plain, checkpoint].map(async (wrap) => {
    const program = await compile(device, byAll(chain(4, 2, wrap)) as never, ...shapes.map((s) => spec(s)));
    program.run(...data);
    const found = (await program.read()) as unknown as [HostTensor, HostTensor[]];
    const again = program.plan.recomputation?.dispatches.length;
    program.dispose();
    return { bits: [found[0], ...found[1]].map(({ data: x }) => Array.from(x)), again };
  });
  const [kept, again] = await Promise.all(runs);
  expect(again?.bits).toEqual(kept?.bits);
  expect([kept?.again, again?.again]).toEqual([undefined, 2]);
});
