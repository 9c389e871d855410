import fc from "fast-check";
import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { checkGraph } from "../../src/graph/check.ts";
import { interpret } from "../../src/oracle/interpret.ts";
import { printGraph } from "../../src/graph/print.ts";
import { cpuProfile, defaultLimits, type Profile } from "../../src/graph/profile.ts";
import { copyInputs } from "../../src/passes/copy_inputs.ts";
import { dropDeadCode } from "../../src/passes/dead_code.ts";
import { fuse } from "../../src/passes/fuse.ts";
import { simplify } from "../../src/passes/simplify.ts";
import { CpuDevice } from "../../src/runtime/cpu/cpu_device.ts";
import { checkBindings, checkContents } from "./check_plan.ts";
import { dataFor, graphOf, recipes } from "./random_graph.ts";
import { runOracle, runPlan, unsigned } from "./run_plan.ts";

const kinds = ["gpu", "software"] as const;
const profileOf = (kind: Profile["kind"], storageBuffers: number): Profile => ({
  kind,
  name: "test",
  subgroups: true,
  limits: { ...defaultLimits, maxStorageBuffersPerShaderStage: storageBuffers },
});
const profiles = fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 4, max: 12 }));
const runs = { numRuns: Number(import.meta.env["VITE_PROPERTY_RUNS"] ?? 300) };

test("every value is still in its buffer when it is read, and no buffer is read and written at once", () => {
  fc.assert(
    fc.property(recipes(), profiles, fc.boolean(), fc.boolean(), (recipe, [kind], fused, share) => {
      const plan = lower(graphOf(recipe), profileOf(kind, 12), { fused, share });
      checkContents(plan);
      checkBindings(plan);
    }),
    runs,
  );
});

test("no plan binds more storage buffers than the profile has", () => {
  fc.assert(
    fc.property(recipes(), profiles, (recipe, [kind, most]) => {
      const plan = lower(graphOf(recipe), profileOf(kind, most));
      checkBindings(plan);
      checkContents(plan);
    }),
    runs,
  );
});

test("every pass leaves a graph that checks", () => {
  fc.assert(
    fc.property(recipes(), profiles, (recipe, [kind, most]) => {
      const graph = checkGraph(graphOf(recipe), "trace");
      const simple = checkGraph(simplify(graph), "simplify");
      const live = checkGraph(dropDeadCode(simple), "dead code");
      const ready = checkGraph(copyInputs(live), "copy inputs");
      checkGraph(fuse(ready, profileOf(kind, most)), "fuse");
    }),
    runs,
  );
});

test("simplify changes no result", () => {
  fc.assert(
    fc.property(recipes(), (recipe) => {
      const graph = graphOf(recipe);
      const data = dataFor(graph);
      const simple = simplify(graph);
      const [before, after] = [graph, simple].map((each) => {
        const environment = interpret(each, data, "f64");
        return [...each.outputs, ...each.updates].map(({ value }) =>
          unsigned(environment.get(value.id)?.data),
        );
      });
      expect(after).toEqual(before);
      expect(simplify(simple).nodes.length, printGraph(simple)).toBeLessThanOrEqual(simple.nodes.length);
    }),
    runs,
  );
});

test("fused or not, shared or not: the CPU runs give the oracle's bits", async () => {
  const device = new CpuDevice("test");
  await fc.assert(
    fc.asyncProperty(recipes(), profiles, async (recipe, [kind, most]) => {
      const graph = graphOf(recipe);
      const data = dataFor(graph);
      const expected = runOracle(graph, data);
      for (const fused of [true, false])
        for (const share of [true, false]) {
          const profile = fused ? profileOf(kind, most) : cpuProfile;
          const got = await runPlan(device, graph, lower(graph, profile, { fused, share }), data);
          expect(got, `fused ${fused}, share ${share}`).toEqual(expected);
        }
    }),
    runs,
  );
});
