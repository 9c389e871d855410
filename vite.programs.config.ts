// The Node programs, bundled from TypeScript: examples/train/main.ts -> build/train.mjs, bench/main.ts -> build/bench.mjs.
// npm packages stay imports; `--mode standalone` bundles them too (all but webgpu, gpu.js, vite and playwright), for a machine without them.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { aliases } from "./tools/aliases.mjs";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const programs = { train: at("examples/train/main.ts"), bench: at("bench/main.ts") };

export default defineConfig(({ mode }) => ({
  publicDir: false,
  resolve: { alias: aliases("src/index.node.ts") },
  ssr: mode === "standalone" ? { noExternal: true, external: ["webgpu", "gpu.js", "vite", "playwright"] } : {},
  build: {
    ssr: true,
    target: "node20",
    outDir: "build",
    emptyOutDir: false, // the demo lies there too
    sourcemap: true,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(programs).filter(([, file]) => existsSync(file))),
      output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
    },
  },
}));
