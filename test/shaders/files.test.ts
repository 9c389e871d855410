import { expect, test } from "vitest";
import { webGpuDevice } from "../support/device.ts";
import { messagesOf, shaderFiles } from "../support/wgsl.ts";

test("there are shaders, and functions in lib/", () => {
  expect([...shaderFiles.keys()]).toEqual(
    expect.arrayContaining(["matmul.wgsl", "reduce.wgsl", "lib/tanh.wgsl"]),
  );
});

test.for([...shaderFiles])("%s compiles as it lies on disk, without a message", async ([, text]) => {
  expect(await messagesOf(await webGpuDevice(), text)).toEqual([]);
});

test("a broken shader has a message", async () => {
  const [text = ""] = shaderFiles.values();
  expect(await messagesOf(await webGpuDevice(), text.replace("@compute", "@computer"))).not.toEqual([]);
});
