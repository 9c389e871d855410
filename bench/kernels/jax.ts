// The kernels as jax-js runs them on one of its backends: one jit each.

import { hostTensor } from "chainrule";
import { version } from "../../node_modules/@jax-js/jax/package.json";
import { openJax } from "../contenders/jax.ts";
import { webgpu } from "../webgpu.ts";
import type { Kernel } from "./cases.ts";
import type { KernelContender, KernelLibrary } from "./contender.ts";
import { EPSILON, type KernelProblem } from "./problem.ts";

type Jax = typeof import("@jax-js/jax");
type Value = ReturnType<Jax["numpy"]["array"]>;

/** Runs between waits: its list of pending work makes each one slower, and its manual says to wait regularly. */
const RUNS_PER_WAIT = 4;

export async function jaxOn(backend: "webgpu" | "wasm"): Promise<KernelLibrary> {
  const library = await openJax(backend);
  return {
    name: "jax-js",
    version,
    backend,
    api: backend === "webgpu" ? webgpu : undefined,
    can: () => true,
    create: async (problem) => create(library, problem),
  };
}

function create(library: Jax, { kernel, inputs }: KernelProblem): KernelContender {
  const { numpy: np, tree, jit, blockUntilReady } = library;
  const operands = inputs.map(({ data, shape }) => np.array(Float32Array.from(data), { shape: [...shape] }));
  const call = jit(functionOf(library, kernel));
  // A result that is disposed of before it was waited for would never be computed, so all are kept until then.
  let results: Value[] = [];
  const settle = async (): Promise<Value> => {
    await blockUntilReady(results);
    const last = results.pop();
    if (!last) throw new Error("bench: no kernel has run");
    tree.dispose(results);
    results = [last];
    return last;
  };
  return {
    run() {
      results.push(call(operands.map((operand) => operand.ref)));
      return results.length > RUNS_PER_WAIT ? settle().then(() => undefined) : undefined;
    },
    async first() {
      const last = await settle();
      const [value = NaN] = await last.ref.slice(...last.shape.map(() => 0)).data();
      return value;
    },
    async result() {
      const last = await settle();
      return hostTensor(Float32Array.from(await last.ref.data()), last.shape);
    },
    async dispose() {
      tree.dispose([results, operands]);
      call.dispose();
    },
  };
}

/** Its functions use up their arguments, each by its last use. */
function functionOf({ numpy: np, nn }: Jax, kernel: Kernel): (operands: Value[]) => Value {
  if (kernel.kind === "matmul") {
    const { layout } = kernel;
    return ([a, b]) =>
      np.matmul(
        layout === "TN" ? np.matrixTranspose(given(a)) : given(a),
        layout === "NT" ? np.matrixTranspose(given(b)) : given(b),
      );
  }
  if (kernel.kind === "softmax") return ([x]) => nn.softmax(given(x));
  return ([x, scale, shift]) =>
    nn.standardize(given(x), -1, { epsilon: EPSILON }).mul(given(scale)).add(given(shift));
}

function given(value: Value | undefined): Value {
  if (!value) throw new Error("bench: the kernel lacks an operand");
  return value;
}
