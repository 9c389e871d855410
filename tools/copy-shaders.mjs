// Copies shaders/ to dist/shaders, for `import code from "chainrule/shaders/matmul.wgsl?raw"`.
import { cpSync, existsSync, rmSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL("../shaders", import.meta.url));
const to = fileURLToPath(new URL("../dist/shaders", import.meta.url));

rmSync(to, { recursive: true, force: true });
if (existsSync(from)) {
  cpSync(from, to, { recursive: true, filter: (f) => [".wgsl", ""].includes(extname(f)) });
}
