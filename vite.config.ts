// The library (default mode), its program (`--mode cli`) and the demo pages (`--mode demo`). The Node programs and the tests have
// configs beside this.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { aliases } from "./tools/aliases.mjs";
import { shaderText } from "./tools/shader-text.mjs";

const namespaces = ["loss", "nn", "optim"] as const;

/** Keeps `export * as nn` what it is: as an object, it would bring all that it names into every bundle. */
const keepNamespaces = (): Plugin => ({
  name: "keep-namespaces",
  enforce: "pre",
  resolveId(source, importer) {
    const name = namespaces.find((each) => source === `./${each}/index.ts`);
    return name && importer?.endsWith("/src/index.ts") ? { id: `./${name}.js`, external: true } : null;
  },
});

// Two entries are for users, chosen by package.json's conditions: a bundler for the browser never meets `webgpu` or `node:`.
// `gpujs` is for those who have gpu.js, `doctor` for those who examine a device: no other file knows of them. The others are parts of
// the first two in files of their own, which a user's bundler can leave out, or load later (decision 21).
const library: UserConfig = {
  publicDir: false,
  plugins: [shaderText(), keepNamespaces()],
  build: {
    target: "es2022",
    sourcemap: true,
    minify: false,
    lib: {
      entry: {
        index: "src/index.ts",
        "index.node": "src/index.node.ts",
        gpujs: "src/gpujs.ts",
        doctor: "src/doctor.ts",
        oracle: "src/oracle/interpret.ts",
        check_gradients: "src/inspect/check_gradients.ts",
        ...Object.fromEntries(namespaces.map((name) => [name, `src/${name}/index.ts`])),
      },
      formats: ["es"],
    },
    rolldownOptions: {
      external: ["webgpu", "gpu.js", /^node:/],
      output: { chunkFileNames: "[name].js" },
    },
  },
};

// The package's program uses the package as anybody does. As one more entry it would have the others cut into more files.
const cli: UserConfig = {
  publicDir: false,
  build: {
    target: "node20",
    emptyOutDir: false,
    sourcemap: true,
    minify: false,
    lib: { entry: { cli: "src/cli.node.ts" }, formats: ["es"] },
    rolldownOptions: {
      external: [/^node:/, "./index.node.ts", "./doctor.ts", "./gpujs.ts"],
      output: { paths: (id) => id.replace(/^.*\/src\/(.+)\.ts$/, "./$1.js") },
    },
  },
};

function demo(): UserConfig {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const pages = existsSync(at("demo")) ? readdirSync(at("demo")).filter((f) => f.endsWith(".html")) : [];
  return {
    root: at("demo"),
    base: "./", // works under any path of any static server
    plugins: [shaderText()],
    resolve: { alias: aliases("src/index.ts") },
    server: { fs: { allow: [at(".")] } },
    worker: { format: "es" },
    build: {
      target: "es2022",
      outDir: at("build/demo"),
      emptyOutDir: true,
      rolldownOptions: { input: pages.map((f) => at(`demo/${f}`)) },
    },
  };
}

export default defineConfig(({ mode }) => {
  if (mode === "demo") return demo();
  return mode === "cli" ? cli : library;
});
