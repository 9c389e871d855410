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
    const projects = new Map<string, { file: string; count: number }[]>();
    for (const module of modules) {
      const files = projects.get(module.project.name) ?? [];
      files.push({ file: module.relativeModuleId, count: module.meta().pipelines ?? 0 });
      projects.set(module.project.name, files);
    }
    for (const [project, files] of projects) {
      const count = files.reduce((sum, file) => sum + file.count, 0);
      console.log(`${project}: ${count} pipelines`);
      if (count <= MOST) continue;
      process.exitCode = 1;
      const most = files.sort((p, q) => q.count - p.count).slice(0, 20);
      console.log(`More than ${MOST}: share kernels, or use fewer shapes, in`);
      console.log(most.map((file) => `  ${file.count} ${file.file}`).join("\n"));
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
