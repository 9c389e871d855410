// A GPU for machines without one: SwiftShader (a Vulkan driver in software) and a headless Chromium, both unpacked out
// of the npm package @sparticuz/chromium (Linux x64) into a cache folder. Nothing has to be installed on the system.
//
// The package's own executablePath() is not used: it unpacks into the system's temp folder whatever version came there
// first, brings its libnss only where the environment looks like a cloud function, and knows no WebGPU.

import { spawnSync } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, createBrotliDecompress } from "node:zlib";

// Holds for tools/ and for build/ alike, where bundled programs carry a copy of this file.
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const linux64 = process.platform === "linux" && process.arch === "x64";

const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

/** @typedef {{ dir: string, icd: string, loader: string }} SoftwareVulkan where the driver and the Vulkan loader lie */
/**
 * @typedef {{ executablePath: string, args: string[], headless: true, env?: Record<string, string> }} BrowserLaunch
 * Playwright's launch options
 */

/**
 * The folder with the package's archives; undefined where the package or the platform is not there.
 *
 * @returns {{ bin: string, version: string } | undefined}
 */
function pack() {
  if (!linux64) return undefined;
  let dir;
  try {
    dir = dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium"));
  } catch {
    return undefined;
  }
  while (!existsSync(join(dir, "bin", "chromium.br"))) {
    const up = dirname(dir);
    if (up === dir) return undefined;
    dir = up;
  }
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
  return { bin: join(dir, "bin"), version };
}

/**
 * Writes a tar archive's folders, files and links under `to`: enough of the format for the package's archives.
 *
 * @param {Buffer} tar
 * @param {string} to
 */
function untar(tar, to) {
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + 512);
    /** @type {(from: number, end: number) => string} */
    const field = (from, end) => header.toString("latin1", from, end).split("\0", 1)[0] ?? "";
    const name = field(0, 100);
    const mode = parseInt(field(100, 108), 8);
    const size = parseInt(field(124, 136), 8) || 0;
    const type = field(156, 157);
    const path = join(to, name);
    const prefix = field(345, 500);
    if (prefix !== "" || !(path + sep).startsWith(to + sep))
      throw new Error(`unexpected entry in the archive: ${name}`);
    at += 512;
    if (type === "5") {
      mkdirSync(path, { recursive: true });
    } else if (type === "2") {
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(field(157, 257), path);
    } else if (type === "" || type === "0") {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, tar.subarray(at, at + size), { mode: mode | 0o444 });
    }
    at += Math.ceil(size / 512) * 512;
  }
}

/**
 * Makes the cache folder `name` with `fill`, once, also when several processes ask at the same time.
 *
 * @param {string} name
 * @param {(folder: string) => void | Promise<void>} fill
 */
async function once(name, fill) {
  const cache = process.env["CHAINRULE_CACHE"] ?? join(root, "node_modules", ".cache", "chainrule");
  const dir = join(cache, name);
  if (existsSync(dir)) return dir;
  mkdirSync(cache, { recursive: true });
  const half = mkdtempSync(`${dir}.tmp-`);
  try {
    await fill(half);
    renameSync(half, dir);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(dir)) throw error; // else another process was first
  }
  return dir;
}

/**
 * SwiftShader's Vulkan driver and a Vulkan loader, or undefined where the package or the platform is not there.
 *
 * @returns {Promise<SoftwareVulkan | undefined>}
 */
export async function swiftshader() {
  const p = pack();
  if (!p) return undefined;
  const dir = await once(`swiftshader-${p.version}`, (to) => {
    untar(brotliDecompressSync(readFileSync(join(p.bin, "swiftshader.tar.br"))), to);
  });
  return { dir, icd: join(dir, "vk_swiftshader_icd.json"), loader: join(dir, "libvulkan.so.1") };
}

/** @returns {string | undefined} */
function installedBrowser() {
  const { env } = process;
  /** @type {string[]} */
  let places = [];
  if (process.platform === "linux") {
    places = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge"].map(
      (f) => `/usr/bin/${f}`,
    );
    places.push("/snap/bin/chromium");
  } else if (process.platform === "darwin") {
    places = ["Google Chrome", "Chromium", "Microsoft Edge"].map(
      (f) => `/Applications/${f}.app/Contents/MacOS/${f}`,
    );
  } else if (process.platform === "win32") {
    places = [env["PROGRAMFILES"], env["PROGRAMFILES(X86)"], env["LOCALAPPDATA"]].flatMap((dir) =>
      dir
        ? [
            join(dir, "Google/Chrome/Application/chrome.exe"),
            join(dir, "Microsoft/Edge/Application/msedge.exe"),
          ]
        : [],
    );
  }
  return places.find((f) => existsSync(f));
}

/**
 * Playwright launch options for a headless browser with WebGPU: the one CHROME_PATH names, else the npm one (Linux
 * x64), else an installed one. CHAINRULE_GPU = software | hardware chooses the adapter; on Linux x64 the default is
 * software, which runs everywhere.
 *
 * @returns {Promise<BrowserLaunch>}
 */
export async function browser() {
  const want = process.env["CHAINRULE_GPU"];
  const args = [
    "--enable-unsafe-webgpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ];
  if (want === "software" || (linux64 && want !== "hardware")) {
    // the last three give WebGL, which gpu.js needs
    args.push("--use-webgpu-adapter=swiftshader", "--use-gl=angle", "--use-angle=swiftshader");
    args.push("--enable-unsafe-swiftshader");
  }
  // root cannot run Chromium's sandbox, and containers give little shared memory
  if (process.platform === "linux") args.push("--no-sandbox", "--disable-dev-shm-usage");

  const given = process.env["CHROME_PATH"];
  const p = given ? undefined : pack();
  if (!p) {
    const executablePath = given || installedBrowser();
    if (!executablePath) throw new Error("no Chrome or Chromium found: install one, or set CHROME_PATH");
    return { executablePath, args, headless: true };
  }

  const dir = await once(`chromium-${p.version}`, async (to) => {
    for (const name of ["swiftshader.tar.br", "al2023.tar.br"]) {
      untar(brotliDecompressSync(readFileSync(join(p.bin, name))), to);
    }
    await pipeline(
      createReadStream(join(p.bin, "chromium.br")),
      createBrotliDecompress(),
      createWriteStream(join(to, "chromium"), { mode: 0o755 }),
    );
  });
  // The package's fonts.conf names folders of a cloud function only, and a browser that finds no font at all aborts at
  // the first <select>.
  const fonts = await once(`fonts-${p.version}`, (to) => {
    untar(brotliDecompressSync(readFileSync(join(p.bin, "fonts.tar.br"))), to);
    writeFileSync(join(to, "fonts.conf"), FONTS_CONF);
  });
  const executablePath = join(dir, "chromium");
  /** @type {Record<string, string>} */
  const env = { FONTCONFIG_PATH: fonts };
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] ??= value;
  // the package's libnss3 and friends only where the system lacks them
  const missing = spawnSync("ldd", [executablePath], { encoding: "utf8" }).stdout ?? "not found";
  if (missing.includes("not found")) {
    env["LD_LIBRARY_PATH"] = [join(dir, "lib"), env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  }
  return { executablePath, args, headless: true, env };
}
