// Runs before each test file: notes the pipelines that it makes.

import { afterAll } from "vitest";
import { pipelinesMade } from "./support/device.ts";

// The runner reads this callback's parameters: the first must be a pattern.
// oxlint-disable-next-line no-empty-pattern
afterAll(({}, suite) => {
  suite.meta.pipelines = pipelinesMade();
});
