// WebGL 2, watched, as a library computes with it: a draw is its dispatch, a texture its buffer.

import type { Api } from "./api.ts";
import { replaceMethod } from "./hook.ts";
import { freed, hold, type MemoryMeter } from "./memory.ts";

export const webgl: Api = {
  calls: () => ({
    dispatches: [WebGL2RenderingContext.prototype, "drawElements"],
    writes: [WebGL2RenderingContext.prototype, "texSubImage2D"],
    buffers: [WebGL2RenderingContext.prototype, "createTexture"],
  }),
  // mode, count, type, offset
  empty: ([mode, , ...rest]) => [mode, 0, ...rest],
  charge(meter: MemoryMeter) {
    watchDelete();
    // Both take target, level (or levels), internal format, width, height; one allocates once for good, one anew.
    const undo = ["texStorage2D", "texImage2D"].map((name) =>
      replaceMethod(WebGL2RenderingContext.prototype, name, (method) => {
        return function (...args) {
          const result = method.apply(this, args);
          const context = this as WebGL2RenderingContext;
          const texture = context.getParameter(context.TEXTURE_BINDING_2D) as WebGLTexture | null;
          const [, , format, width, height] = args.map(Number);
          if (texture) hold(meter, texture, texelBytes(format) * (width ?? NaN) * (height ?? NaN));
          return result;
        };
      }),
    );
    return () => {
      for (const put of undo) put();
    };
  },
};

/** Bytes of a texel by the number of its internal format (OpenGL ES 3.0, table 3.13). */
const TEXEL_BYTES: ReadonlyMap<number | undefined, number> = new Map([
  [0x822d, 2], // R16F
  [0x822e, 4], // R32F
  [0x881a, 8], // RGBA16F
  [0x8814, 16], // RGBA32F
  [0x8058, 4], // RGBA8
  [0x1908, 4], // RGBA, in bytes
]);

function texelBytes(format: number | undefined): number {
  const bytes = TEXEL_BYTES.get(format);
  if (bytes === undefined) throw new Error(`bench: the size of texture format ${format} is not known`);
  return bytes;
}

let watched: object | undefined;

/** Once for each class, and for good: a texture may be deleted at any time. */
function watchDelete(): void {
  if (watched === WebGL2RenderingContext.prototype) return;
  watched = WebGL2RenderingContext.prototype;
  replaceMethod(WebGL2RenderingContext.prototype, "deleteTexture", (method) => {
    return function (...args) {
      if (args[0]) freed(args[0]);
      return method.apply(this, args);
    };
  });
}
