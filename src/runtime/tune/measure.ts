// Times the candidates of products on a device, as they are in a plan: with what is fused with them, on scratch memory.

import type { Profile } from "../../graph/profile.ts";
import type { MatmulChoice } from "../../ops/matmul_choice.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Bound, Device } from "../device.ts";
import { scratchFor } from "../scratch.ts";
import { median, repeatsOf } from "../timing.ts";
import type { PlannedProduct } from "./products.ts";

const ROUNDS = 5;
/** What takes so many times as long as the best, twice, is not timed again. */
const HOPELESS = 2;
/** What replaces the rules' choice takes at most so much of its time: less is noise. */
const WORTH = 0.95;

/** The fastest candidate of each product, by its key. `replan` makes the products' plan for another profile. */
export async function measureProducts(
  device: Device,
  products: readonly PlannedProduct[],
  replan: (profile: Profile) => Plan,
): Promise<ReadonlyMap<string, MatmulChoice>> {
  const most = Math.max(...products.map(({ candidates }) => candidates.length));
  // One program has the first candidate of each product, the next the second: of the products alone.
  const prepared = await Promise.allSettled(
    Array.from({ length: most }, async (_, c) => {
      const choices = products.map(({ key, candidates }) => [key, candidates[c] ?? candidates[0]]);
      const whole = replan({ ...device.profile, tuned: Object.fromEntries(choices) });
      const plan = {
        ...whole,
        dispatches: products.flatMap(({ dispatch }) => whole.dispatches[dispatch] ?? []),
      };
      return { plan, executable: await device.prepare(plan) };
    }),
  );
  // A driver, or a limit, may refuse a candidate. Where it refuses the rules' own, the program is to say so.
  const [first] = prepared;
  if (first?.status !== "fulfilled") throw first?.reason;
  const buffers = scratchFor(device, first.value.plan);
  const bounds: (Bound | undefined)[] = [];
  try {
    for (const one of prepared)
      bounds.push(one.status === "fulfilled" ? one.value.executable.bind(buffers) : undefined);
    const found = new Map<string, MatmulChoice>();
    for (const [index, { key, candidates }] of products.entries()) {
      const fastest = candidates[await fastestOf(bounds.slice(0, candidates.length), index)];
      if (fastest) found.set(key, fastest);
    }
    return found;
  } finally {
    for (const bound of bounds) bound?.destroy();
    for (const buffer of buffers) buffer.destroy();
  }
}

/** Of several programs' dispatch number `index`, in rounds that take turns: which is worth taking in place of the first. */
async function fastestOf(bounds: readonly (Bound | undefined)[], index: number): Promise<number> {
  let running: { c: number; bound: Bound; repeats: number; times: number[] }[] = [];
  for (const [c, bound] of bounds.entries())
    if (bound) running.push({ c, bound, repeats: await repeatsOf(bound, index), times: [] });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { bound, repeats, times } of running) times.push((await bound.time(index, repeats)) / repeats);
    const best = Math.min(...running.flatMap(({ times }) => times));
    if (round === 1)
      running = running.filter(({ c, times }) => c === 0 || Math.min(...times) <= HOPELESS * best);
  }
  const timeOf = ({ times }: { times: readonly number[] }): number => median(times);
  const [rule, ...others] = running;
  const [best] = others.sort((p, q) => timeOf(p) - timeOf(q));
  return rule && best && timeOf(best) <= WORTH * timeOf(rule) ? best.c : 0;
}
