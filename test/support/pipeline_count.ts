// Prints how many pipelines a run's test files made, project by project, and fails the run that made too many: on a
// software adapter, compiling them is most of its time.

import type { Plugin } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

declare module "vitest" {
  interface TaskMeta {
    /** Pipelines that the file's WebGPU device made. */
    pipelines?: number;
  }
}

const MOST = 600;

class PipelineCount implements Reporter {
  readonly name = "pipeline-count";

  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const { project, ...rest } of modules.map((module) => ({
      project: module.project.name,
      made: module.meta().pipelines ?? 0,
    })))
      counts.set(project, (counts.get(project) ?? 0) + rest.made);
    for (const [project, count] of counts) {
      if (count > MOST) process.exitCode = 1;
      const verdict = count > MOST ? `, more than ${MOST}: share kernels, or use fewer shapes` : "";
      console.log(`${project}: ${count} pipelines${verdict}`);
    }
  }
}

const isCount = (reporter: unknown): boolean => (reporter as { name?: unknown }).name === "pipeline-count";

/** A plugin, not an entry of `reporters`: those give way to `--reporter`. */
export const pipelineCount = (): Plugin => ({
  name: "pipeline-count",
  configureVitest({ vitest }) {
    const reporters = vitest.config.reporters as unknown[];
    if (!reporters.some(isCount)) reporters.push(new PipelineCount());
  },
});
