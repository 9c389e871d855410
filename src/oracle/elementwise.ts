// Ops that compute each element from the elements at the same place, with NumPy's broadcasting.

import { allocate, type DType, type HostDType } from "../core/dtype.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import { broadcastStrides, sameShape, sizeOf, type Shape } from "../core/shape.ts";
import type { Attrs, Op, Spec } from "../graph/op.ts";
import { storeAs, type FloatStore, type Referenced } from "./reference.ts";

/** The reference of an op that has a `scalar`. */
export const elementwise = <A extends Attrs>(op: Op<A>): Referenced<A> => ({
  reference(inputs, attrs, store) {
    const { scalar } = op;
    // The oracle may store floats as doubles; the types that the rule knows are the graph's.
    const specs = inputs.map(({ shape, dtype }) => ({ shape, dtype: graphDType(dtype) }));
    const [out] = op.infer(specs, attrs);
    return out && scalar ? [mapHost(inputs, out, store, (x, y, z) => scalar(x, y, z, attrs))] : [];
  },
});

const graphDType = (dtype: HostDType): DType => (dtype === "f64" ? "f32" : dtype);

/** Applies `f` to up to three broadcast inputs. */
function mapHost(
  inputs: readonly HostTensor[],
  out: Spec,
  store: FloatStore,
  f: (x: number, y: number, z: number) => number,
): HostTensor {
  const dtype = storeAs(out, store);
  const data = allocate(dtype, sizeOf(out.shape));
  const [x, y, z] = inputs.map((input) => broadcastReader(input, out.shape));
  for (let i = 0; i < data.length; i++) data[i] = f(x?.(i) ?? 0, y?.(i) ?? 0, z?.(i) ?? 0);
  return { shape: out.shape, dtype, data };
}

/** Reads `input` as if it had `shape`, by row-major element number. */
function broadcastReader({ data, shape: own }: HostTensor, shape: Shape): (i: number) => number {
  if (sameShape(own, shape)) return (i) => data[i] ?? NaN;
  if (data.length === 1) return () => data[0] ?? NaN;
  const strides = broadcastStrides(own, shape);
  return (i) => {
    let rest = i;
    let offset = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const dim = shape[axis] ?? 1;
      offset += (rest % dim) * (strides[axis] ?? 0);
      rest = Math.floor(rest / dim);
    }
    return data[offset] ?? NaN;
  };
}
