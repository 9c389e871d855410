// Times the candidates of products on a device, as they are in a plan: with what is fused with them, on scratch memory.

import type { Profile } from "../../graph/profile.ts";
import type { MatmulChoice } from "../../ops/matmul_choice.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Bound, Device } from "../device.ts";
import { scratchFor } from "../scratch.ts";
import { median, repeatsOf } from "../timing.ts";
import type { PlannedProduct } from "./products.ts";

const ROUNDS = 15;
/** After so many, only what looks better than the rules' choice is timed on. */
const FIRST_ROUNDS = 5;
/** What replaces the rules' choice takes at most so much of its time: less is noise where others use the machine too. */
const WORTH = 0.9;

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

/** A candidate that is timed: by turns with the rules' own, so that both meet the same disturbances. */
interface Rival {
  readonly candidate: number;
  readonly bound: Bound;
  /** Its time by that of the rules' own, round by round. */
  readonly ratios: number[];
}

const ratioOf = ({ ratios }: Rival): number => median(ratios);

/** Of several programs' dispatch number `index`: which is worth taking in place of the first, else 0. */
async function fastestOf(bounds: readonly (Bound | undefined)[], index: number): Promise<number> {
  const [rule, ...others] = bounds;
  if (!rule) return 0;
  let rivals = others.flatMap((bound, i): Rival[] =>
    bound ? [{ candidate: i + 1, bound, ratios: [] }] : [],
  );
  for (const { bound } of rivals) await bound.time(index, 1);
  // As often for all: what runs longer is disturbed more.
  const repeats = await repeatsOf(rule, index);
  for (let round = 0; round < ROUNDS && rivals.length; round++) {
    const own = await rule.time(index, repeats);
    for (const { bound, ratios } of rivals) ratios.push((await bound.time(index, repeats)) / own);
    if (round === FIRST_ROUNDS - 1) rivals = rivals.filter((rival) => ratioOf(rival) < 1);
  }
  const [best] = rivals.sort((p, q) => ratioOf(p) - ratioOf(q));
  return best && ratioOf(best) <= WORTH ? best.candidate : 0;
}
