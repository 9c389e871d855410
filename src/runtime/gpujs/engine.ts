// gpu.js, opened in one of its modes: kernels by their text, and which of its classes runs them.

import { DeviceError } from "../../core/errors.ts";
import type { KernelText } from "./kernel_text.ts";
import { isNested, kernelClasses, type Gpu, type Kernel, type KernelClass, type Library } from "./library.ts";
import { asFloats, flat, isTexture, onHost, type Numbers } from "./numbers.ts";

export const modes = ["webgl2", "webasm", "cpu"] as const;
/** As gpu.js calls them. */
export type Mode = (typeof modes)[number];

/** What a kernel is run with; arrays come first. */
export type Runnable = Pick<KernelText, "text" | "output" | "scalars">;

interface Compiled {
  readonly kernel: Kernel;
  output: string;
  /** What holds its latest result. */
  latest: unknown;
}

export class Engine {
  /** The class of gpu.js that runs, which is not always the one of the mode. */
  readonly kernelClass: KernelClass;
  private readonly library: Library;
  private readonly mode: Mode;
  private readonly gpu: Gpu;
  private readonly compiled = new Map<string, Compiled>();
  private destroyed = false;

  /** Throws DeviceError where gpu.js lacks the mode here, leaves it, or computes wrong numbers in it. */
  constructor(library: Library, mode: Mode) {
    this.library = library;
    this.mode = mode;
    try {
      this.gpu = new library.GPU({ mode });
      this.kernelClass = this.check();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new DeviceError(`gpujs: gpu.js does not work in mode ${mode} here (${why}). Use another back end.`, { cause }); // prettier-ignore
    }
  }

  /** Where that is what runs. */
  get webGl(): WebGL2RenderingContext | undefined {
    return this.mode === "webgl2" ? this.gpu.context : undefined;
  }

  /** What draws, where WebGL says so. */
  get renderer(): string | undefined {
    const info = this.webGl?.getExtension("WEBGL_debug_renderer_info");
    return info ? String(this.webGl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) : undefined;
  }

  /** Kernels that were compiled. */
  get count(): number {
    return this.compiled.size;
  }

  /** In WebGL the result is a texture, which the caller deletes. */
  run({ text, output, scalars }: Runnable, arrays: readonly Numbers[]): Numbers {
    const floats = arrays.map(asFloats);
    const types = [
      ...floats.map((array) => (isTexture(array) ? "ArrayTexture(1)" : "Array")),
      ...scalars.map(({ type }) => type),
    ];
    const compiled = this.kernelOf(text, types);
    const { kernel } = compiled;
    // A kernel that reads what it gave last would write into one of its older textures, of whatever size.
    const isFed = floats.some((array) => isTexture(array) && array.texture === compiled.latest);
    if (isFed || compiled.output !== output.join()) kernel.setOutput(output);
    compiled.output = output.join();
    const result = kernel(...floats, ...scalars.map(({ value }) => value));
    if (!isNested(result)) compiled.latest = result.texture;
    else if (this.mode === "webgl2")
      throw new DeviceError(
        "gpujs: gpu.js left WebGL for a kernel that it cannot build. Use another back end, and please report this with what the console says.",
      );
    return isNested(result) ? flat(result) : result;
  }

  /** Throws DeviceError after destroy(), or when the browser took the context. */
  expectAlive(): void {
    if (this.destroyed) throw new DeviceError("gpujs: the device was disposed. Open a new one.");
    if (this.webGl?.isContextLost())
      throw new DeviceError(
        "gpujs: the WebGL context was lost, and with it what it held. Open a new device.",
      );
  }

  /** Waits until all is done that was queued. */
  finish(): void {
    this.expectAlive();
    onHost(this.run(PROBE, [PROBE_DATA]));
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    // It frees the context a little later, and rejects where that is gone already.
    void this.gpu.destroy().catch(() => undefined);
  }

  private kernelOf(text: string, types: readonly string[]): Compiled {
    const key = `${text}\n${types.join()}`;
    const known = this.compiled.get(key);
    if (known) return known;
    const kernel = this.gpu.createKernel(text, {
      argumentTypes: types,
      output: [1, 1, 1],
      dynamicOutput: true,
      dynamicArguments: true,
      precision: "single",
      // Else small outputs are computed in low precision where a GPU has some.
      tactic: "precision",
      loopMaxIterations: 2 ** 24,
      // Its remedy for inaccurate quotients of whole numbers is wrong where a quotient is beyond 2³¹.
      fixIntegerDivisionAccuracy: false,
      ...(this.mode === "webgl2" && { pipeline: true, immutable: true }),
    });
    // A module for each size: of eight, the next size would compile one again in every step.
    if (this.mode === "webasm") kernel.kernel.moduleCacheLimit = 64;
    const made = { kernel, output: "1,1,1", latest: undefined };
    this.compiled.set(key, made);
    return made;
  }

  /** A product tells whether arrays, loops and results are float32; some GPUs and browsers cannot read floats back. */
  private check(): KernelClass {
    const { webGl } = this;
    const side = webGl ? Number(webGl.getParameter(webGl.MAX_TEXTURE_SIZE)) : Infinity;
    // So that 2²⁴ numbers fit, however gpu.js lays them out.
    if (side <= 4096) throw new RangeError(`textures end at ${side}`);
    const got = onHost(this.run(PROBE, [PROBE_DATA]));
    PROBE_WANT.forEach((want, i) => {
      if (!(Math.abs((got[i] ?? NaN) - want) <= 1e-5 * Math.abs(want)))
        throw new RangeError(`a product of numbers is ${got[i]}, not ${want}`);
    });
    const [probe] = this.compiled.values();
    const found = kernelClasses.find((name) => probe?.kernel.kernel.constructor === this.library[name]);
    if (!found || !CLASSES_OF[this.mode].includes(found))
      throw new TypeError("it ran another class of kernel");
    return found;
  }
}

const CLASSES_OF: Readonly<Record<Mode, readonly KernelClass[]>> = {
  webgl2: ["WebGL2Kernel"],
  webasm: ["WebAssemblyKernel"],
  cpu: ["CPUKernel"],
};

const PROBE_DATA = Float32Array.of(1 / 3, -2.5, 1e-12, 123456.789, 7, 16777215);
const PROBE: Runnable = {
  text: "function (a0, n0) {\nlet total = 0;\nfor (let r0 = 0; r0 < n0; r0++) {\ntotal = total + a0[r0] * a0[this.thread.x];\n}\nreturn total;\n}",
  output: [PROBE_DATA.length, 1, 1],
  scalars: [{ type: "Integer", value: PROBE_DATA.length }],
};
const PROBE_WANT = PROBE_DATA.map((x) => x * PROBE_DATA.reduce((sum, y) => sum + y, 0));
