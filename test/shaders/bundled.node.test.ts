// What a bundle carries of a shader gives the kernels that the file gives.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { adam, sgd } from "../../src/optim/index.ts";
import { specialize } from "../../src/runtime/webgpu/specialize.ts";
import type { Tensor } from "../../src/trace/tensor.ts";
import { spec, trace } from "../../src/trace/trace.ts";
import { bundledText, withoutComments } from "../../tools/shader-text.mjs";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { sigmoidNetwork, stepGraph } from "../support/step_graph.ts";

const folder = new URL("../../shaders/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".wgsl"));
const textOf = (name: string): string => readFileSync(new URL(name, folder), "utf8");

const words = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => (/\/\/ @/.test(line) ? line : line.replace(/\/\/.*$/, "")).trimEnd())
    .filter((line) => line !== "");

test.each(files)("%s loses its comments and nothing else", (name) => {
  const text = textOf(name);
  const short = withoutComments(text);
  expect(short.length).toBeLessThan(text.length);
  expect(short.split("\n")).toEqual(words(text));
  expect(short).not.toMatch(/\/\/ (?!@)/);
});

const graphs: readonly Graph[] = [
  stepGraph(sigmoidNetwork(128, 160, 10), [128, 10], { batch: 96, optimizer: sgd({ learningRate: 1 }) }),
  stepGraph(sigmoidNetwork(9, 5, 3), [9, 3], { batch: 7, optimizer: adam({ learningRate: 1 }) }),
  trace((x: Tensor) => x.softmax().square().sum(0), [{ name: "x", specs: spec([30, 70]) }]).graph,
];

test("every kernel is the same from what is bundled, and every file has one", () => {
  const seen = new Set<string>();
  for (const graph of graphs)
    for (const profile of [plainGpu, plainSoftware])
      for (const fused of [true, false])
        for (const { kernel } of lower(graph, profile, { fused }).dispatches) {
          const name = `${kernel.shader.name}.wgsl`;
          seen.add(name);
          expect(specialize(bundledText(textOf(name)), kernel)).toBe(
            specialize(withoutComments(textOf(name)), kernel),
          );
        }
  expect([...seen].sort()).toEqual(files);
});
