// What an op's reference is: obvious loops with f64 accumulators, written apart from the kernel.

import type { HostDType } from "../core/dtype.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import type { Attrs, Spec } from "../graph/op.ts";

/** How floats are stored while the oracle runs: f32 as on devices, or f64 for gradient checks. */
export type FloatStore = "f32" | "f64";

export interface Referenced<A extends Attrs = Attrs> {
  /** The outputs of an op whose shape rule has accepted the inputs. */
  reference(inputs: readonly HostTensor[], attrs: A, store: FloatStore): readonly HostTensor[];
}

/** The dtype in which a float is stored by the oracle. */
export const storeAs = ({ dtype }: Spec, store: FloatStore): HostDType => (dtype === "f32" ? store : dtype);
