// The Node programs, bundled from TypeScript: examples/train/main.ts -> build/train.mjs, bench/main.ts -> build/bench.mjs.
// npm packages stay imports. `--mode standalone` makes of the benchmark the one file build/standalone/bench.mjs that needs
// Node and npm's webgpu beside it and nothing else; `--mode standalone-train` does it with the training program.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";
import { aliases } from "./tools/aliases.mjs";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const programs = { train: at("examples/train/main.ts"), bench: at("bench/main.ts") };

const shared = (input: Record<string, string>): UserConfig => ({
  publicDir: false,
  resolve: { alias: aliases("src/index.node.ts") },
  build: {
    ssr: true,
    target: "node20",
    outDir: "build",
    emptyOutDir: false, // the demo lies there too
    sourcemap: true,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(input).filter(([, file]) => existsSync(file))),
      output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
    },
  },
});

function standalone(name: keyof typeof programs): UserConfig {
  const { build, ...rest } = shared({ [name]: programs[name] });
  return {
    ...rest,
    // CommonJS packages look for their files beside themselves.
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
    // What measures in a browser or bundles is for the repository alone.
    ssr: { noExternal: true, external: ["webgpu", "vite", "playwright"] },
    build: {
      ...build,
      outDir: "build/standalone",
      sourcemap: false,
      rolldownOptions: {
        ...build?.rolldownOptions,
        output: { entryFileNames: "[name].mjs", codeSplitting: false },
      },
    },
  };
}

export default defineConfig(({ mode }) => {
  if (mode === "standalone") return standalone("bench");
  if (mode === "standalone-train") return standalone("train");
  return shared(programs);
});
