// The commands that vitest.config.ts gives to tests in the browser.
import "vitest/browser";

declare module "vitest/browser" {
  interface BrowserCommands {
    crashGpu: () => Promise<void>;
  }
}
