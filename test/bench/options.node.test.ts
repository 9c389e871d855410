import { expect, test } from "vitest";
import { chosen } from "../../bench/options.ts";

const given = { on: "gpu", quick: false, browser: false, write: false } as const;

test("all is measured, but growth not in a quick run, and nothing else where some are named", () => {
  expect(chosen(given).only).toEqual(["nets", "kernels", "growth"]);
  expect(chosen({ ...given, quick: true }).only).toEqual(["nets", "kernels"]);
  expect(chosen({ ...given, nets: [] }).only).toEqual(["nets"]);
  expect(chosen({ ...given, quick: true, axes: ["batch"], kernels: [] }).only).toEqual(["kernels", "growth"]);
  expect(chosen({ ...given, browser: true }).only).toEqual(["nets"]);
  expect(chosen({ ...given, quick: true, only: ["growth"] }).only).toEqual(["growth"]);
  expect(() => chosen({ ...given, browser: true, only: ["kernels"] })).toThrow("Node alone");
});

test("on the CPU the same names are other contenders, and growth is not measured", () => {
  const { only, contenders } = chosen({ ...given, on: "cpu" });
  expect(only).toEqual(["nets", "kernels"]);
  expect(contenders.nets).toEqual([
    "chainrule",
    "chainrule-threads",
    "jax",
    "tfjs-wasm",
    "brain",
    "torch-cpu",
  ]);
  expect(contenders.kernels).toEqual(["chainrule", "chainrule-threads", "jax", "tfjs-wasm"]);
  expect(() => chosen({ ...given, on: "cpu", contenders: ["tfjs-webgl"] })).toThrow("nobody of them");
  expect(() => chosen({ ...given, on: "cpu", only: ["growth"] })).toThrow("Leave out --on cpu.");
});

test("each part has its own contenders, and growth has ours alone unless others are named", () => {
  const { contenders } = chosen(given);
  expect(contenders.kernels).toContain("gpujs");
  expect(contenders.nets).not.toContain("gpujs");
  expect(contenders.nets[0]).toBe("chainrule");
  expect(contenders.growth).toEqual(["chainrule"]);
  const named = chosen({ ...given, contenders: ["jax", "tfjs-webgl", "chainrule"] }).contenders;
  expect(named).toEqual({
    nets: ["jax", "tfjs-webgl", "chainrule"],
    kernels: ["jax", "chainrule"],
    growth: ["jax", "tfjs-webgl", "chainrule"],
  });
  expect(() => chosen({ ...given, only: ["growth"], contenders: ["gpujs"] })).toThrow(
    "gpujs: nobody of them takes part in growth.",
  );
});
