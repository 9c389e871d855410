// One suite, twice: in Node (Dawn) and in a headless browser. A test file named *.node.test.ts or *.browser.test.ts runs
// only there.
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import {
  BaseSequencer,
  type BrowserCommand,
  type BrowserProviderOption,
  type TestSpecification,
} from "vitest/node";
import { aliases } from "./tools/aliases.mjs";
import { browser } from "./tools/software.mjs";
import { pipelineCount } from "./test/support/pipeline_count.ts";

/**
 * Looks for (and unpacks) the browser only when the first page opens: the node project needs none, and where there is
 * none the browser project says so while the node project still runs.
 */
function lazyPlaywright(): BrowserProviderOption {
  const launchOptions = { args: [] as string[] };
  const provider = playwright({ launchOptions });
  let found: Promise<void> | undefined;
  const find = async () => {
    const { args, ...rest } = await browser();
    // a page may survive any number of GPU crashes; by default WebGPU is refused after the second
    args.push("--disable-gpu-process-crash-limit", "--disable-domain-blocking-for-3d-apis");
    Object.assign(launchOptions, rest, { args });
  };
  return {
    ...provider,
    providerFactory(project) {
      const made = provider.providerFactory(project);
      const openPage = made.openPage.bind(made);
      made.openPage = async (...page) => {
        await (found ??= find());
        await openPage(...page);
      };
      return made;
    },
  };
}

/** Files that end the device last: those after them would compile every kernel again. */
class LossesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ends = ({ moduleId }: TestSpecification): number => Number(/\b(lost|rig)\./.test(moduleId));
    return (await super.sort(files)).sort((a, b) => ends(a) - ends(b));
  }
}

/** Kills the browser's GPU process, the one way to an unplanned device loss: `commands.crashGpu()` */
const crashGpu: BrowserCommand<[]> = async ({ context }) => {
  const session = await context.browser()?.newBrowserCDPSession();
  if (!session) throw new Error("crashGpu: the page has no browser to speak to");
  try {
    await session.send("Browser.crashGpuProcess");
  } finally {
    await session.detach();
  }
};

export default defineConfig({
  publicDir: false,
  plugins: [pipelineCount()],
  test: {
    // one worker a project, whose files share a device and with it the kernels; a software adapter takes every core alone
    maxWorkers: 1,
    sequence: { sequencer: LossesLast },
    isolate: false,
    unstubGlobals: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        resolve: { alias: aliases("src/index.node.ts") },
        test: {
          name: "node",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.browser.test.ts"],
          environment: "node",
          pool: "forks", // Dawn finds its driver through the environment, and a thread's is a copy that C does not see
          setupFiles: ["test/setup.node.ts", "test/setup.ts"],
        },
      },
      {
        extends: true,
        resolve: { alias: aliases("src/index.ts") },
        test: {
          name: "browser",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.node.test.ts"],
          setupFiles: ["test/setup.ts"],
          fileParallelism: false, // all pages share one GPU process, and a test may crash it
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            commands: { crashGpu },
            provider: lazyPlaywright(),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
