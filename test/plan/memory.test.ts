// How many bytes plans take: no device is needed to know.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { adam, sgd } from "../../src/optim/index.ts";
import { allocateBuffers, byteLengthOf, type Lifetime } from "../../src/plan/memory.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { sigmoidNetwork, stepGraph } from "../support/step_graph.ts";

const MIB = 2 ** 20;

const planOf = (sizes: readonly number[], batch: number, optimizer = sgd({ learningRate: 1 })): Plan =>
  lower(
    stepGraph(sigmoidNetwork(...sizes), [sizes[0] ?? 0, sizes.at(-1) ?? 0], { batch, optimizer }),
    plainGpu,
  );

test("a step of 256-512-512-512-10, batch 256, in all: weights, a set of four batches, and temporaries", () => {
  for (const profile of [plainGpu, plainSoftware]) {
    const network = sigmoidNetwork(256, 512, 512, 512, 10);
    const graph = stepGraph(network, [256, 10], { batch: 256, optimizer: sgd({ learningRate: 1 }) });
    const { inputs, temporaries, unplanned } = lower(graph, profile).memory;
    // A tenth of what TensorFlow.js was seen to hold, and half of jax-js.
    expect(inputs + temporaries).toBeLessThanOrEqual((305 / 10) * MIB);
    expect(inputs + temporaries).toBeLessThanOrEqual((21 / 2) * MIB);
    // Three activations, one gradient of them, and the last layer's.
    expect(temporaries).toBeLessThanOrEqual(4 * 256 * 512 * 4 + 2 * 256 * 10 * 4);
    expect(temporaries).toBeLessThan(unplanned);
  }
});

describe("Adam", () => {
  test("no gradient of a weight is kept for its update", () => {
    const wide = (layers: number) => [64, ...Array.from({ length: layers }, () => 256), 4];
    const [few, many] = [4, 8].map((layers) => planOf(wide(layers), 16, adam({ learningRate: 1 })));
    const activations = 4 * 16 * 256 * 4;
    expect(many?.memory.temporaries).toBeLessThanOrEqual((few?.memory.temporaries ?? 0) + activations + 4096);
    // Beside the activations, their gradients and those of the biases.
    expect(many?.memory.unplanned).toBeLessThanOrEqual(
      (few?.memory.unplanned ?? 0) + 2 * activations + 4 * 256 * 4,
    );
  });
});

const lifetimes = fc
  .array(fc.tuple(fc.nat(20), fc.nat(6), fc.constantFrom(1, 2, 3, 8, 50), fc.boolean()), { maxLength: 30 })
  .map((list) =>
    list.map(([from, length, size, forever], id): Lifetime => ({
      value: { id, shape: [size], dtype: "f32" },
      from,
      to: forever ? Infinity : from + length,
      over: [],
    })),
  );

test("values that live at one time lie apart, and all that lie together fit", () => {
  fc.assert(
    fc.property(lifetimes, (all) => {
      const { place, sizes } = allocateBuffers(all, true, (value) => value);
      for (const p of all) {
        expect(byteLengthOf(p.value)).toBeLessThanOrEqual(sizes[place.get(p.value.id) ?? -1] ?? 0);
        for (const q of all)
          if (p !== q && p.from <= q.to && q.from <= p.to)
            expect(place.get(p.value.id)).not.toBe(place.get(q.value.id));
      }
    }),
  );
});

test("of values of one size, no more have a buffer than live at a time", () => {
  fc.assert(
    fc.property(lifetimes, (all) => {
      const equal = all.map((one) => ({ ...one, value: { ...one.value, shape: [4] } }));
      const alive = equal.map(({ from }) => equal.filter((q) => q.from <= from && from <= q.to).length);
      const { sizes } = allocateBuffers(equal, true, (value) => value);
      expect(sizes.length).toBe(Math.max(0, ...alive));
    }),
  );
});
