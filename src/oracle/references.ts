// The reference of every op: by its name, or made of its `scalar`.

import { allocate } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host_tensor.ts";
import type { Attrs, Op } from "../graph/op.ts";
import type { ConstantAttrs } from "../ops/constant.ts";
import { at } from "../ops/define.ts";
import { broadcast } from "./broadcast.ts";
import { cast } from "./cast.ts";
import { elementwise } from "./elementwise.ts";
import { gather } from "./gather.ts";
import { matmul } from "./matmul.ts";
import { logSoftmax, softmax } from "./normalize.ts";
import { pick } from "./pick.ts";
import { place } from "./place.ts";
import { record } from "./record.ts";
import { max, min, sum } from "./reduce.ts";
import type { FloatStore, Referenced } from "./reference.ts";
import { transpose } from "./transpose.ts";

const constant: Referenced<ConstantAttrs> = {
  reference(_, { value }, store) {
    const data = allocate(store, 1);
    data[0] = value;
    return [{ shape: [], dtype: store, data }];
  },
};

const reshape: Referenced<{ readonly shape: readonly number[] }> = {
  reference: (inputs, { shape }) => [{ ...at(inputs, 0), shape }],
};

const stopGradient: Referenced = { reference: (inputs) => [at(inputs, 0)] };

const references: Readonly<Record<string, Referenced>> = {
  broadcast,
  cast,
  constant,
  gather,
  logSoftmax,
  matmul,
  max,
  min,
  pick,
  place,
  record,
  reshape,
  softmax,
  stopGradient,
  sum,
  transpose,
};

const referenceOf = <A extends Attrs>(op: Op<A>): Referenced<A> | undefined =>
  references[op.name] ?? (op.scalar && elementwise(op));

export const hasReference = (op: Op): boolean => referenceOf(op) !== undefined;

/** What an op gives for inputs in JavaScript memory. Throws ChainruleError where it has neither reference nor `scalar`. */
export function byReference<A extends Attrs>(
  op: Op<A>,
  inputs: readonly HostTensor[],
  attrs: A,
  store: FloatStore,
): readonly HostTensor[] {
  const known = referenceOf(op);
  if (!known) throw new ChainruleError(`${op.name} has no reference. Write one, and name it in src/oracle.`);
  return known.reference(inputs, attrs, store);
}
