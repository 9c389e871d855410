// The training step of the self-test: two layers over picked bytes, SGD with momentum, a ring of losses, all state in place.

import { hostTensor, tensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { asUpdate, record, sgdUpdate } from "../trace/functional.ts";
import type { Tensor } from "../trace/tensor.ts";
import { spec, traceStep } from "../trace/trace.ts";
import { valueAndGrad } from "../trace/transform.ts";
import { probeData } from "./probe_data.ts";
import type { Probe } from "./probes.ts";

const shapes = { w1: [21, 10], b1: [10], w2: [10, 4], b2: [4] } as const;
const names = ["w1", "b1", "w2", "b2"] as const;

type Params<T> = Readonly<Record<(typeof names)[number], T>>;

const each = <T>(f: (name: (typeof names)[number]) => T): Params<T> => ({
  w1: f("w1"),
  b1: f("b1"),
  w2: f("w2"),
  b2: f("b2"),
});

interface State<T> {
  readonly params: Params<T>;
  readonly velocity: Params<T>;
  readonly ring: T;
  readonly step: T;
}

interface Inputs {
  readonly x: Tensor;
  readonly labels: Tensor;
  readonly rows: Tensor;
  readonly rate: Tensor;
}

const MOMENTUM = 0.9;

function step({ params, velocity, ring, step }: State<Tensor>, { x, labels, rows, rate }: Inputs) {
  const lossOf = ({ w1, b1, w2, b2 }: Params<Tensor>): Tensor => {
    const hidden = x
      .gather(rows)
      .mul(1 / 255)
      .matmul(w1)
      .add(b1)
      .sigmoid();
    return hidden.matmul(w2).add(b2).logSoftmax().pick(labels.gather(rows)).mean().neg();
  };
  const [loss, gradient] = valueAndGrad(lossOf)(params);
  return asUpdate(loss, () => {
    const next = each((name) => velocity[name].mul(MOMENTUM).add(gradient[name]));
    const updated = each((name) => sgdUpdate(params[name], next[name], rate));
    return [{ params: updated, velocity: next, ...record(ring, step, [loss]) }, []] as const;
  });
}

/** The step, and what it starts from. */
export function probeStep(): Probe {
  const { uniform, integers } = probeData(3);
  const state: State<HostTensor> = {
    params: each((name) => uniform(shapes[name])),
    velocity: each((name) => zeros(shapes[name])),
    ring: zeros([4, 1]),
    step: hostTensor(new Uint32Array(1), []),
  };
  const x = integers([16, 21], 256, "u8");
  const labels = integers([16], 4, "u32");
  const rows = hostTensor(Uint32Array.of(3, 0, 15, 7, 7, 2, 9, 12), [8]);
  const specs = {
    x: spec(x.shape, "u8", "resident"),
    labels: spec(labels.shape, "u32", "resident"),
    rows: spec(rows.shape, "u32"),
    rate: spec([], "f32", "hyper"),
  };
  const inputs = [
    ...Object.values(state.params),
    ...Object.values(state.velocity),
    state.ring,
    state.step,
    x,
    labels,
    rows,
    tensor(0.5),
  ];
  return { graph: traceStep(step, state as never, [{ name: "", specs }]).graph, inputs };
}
