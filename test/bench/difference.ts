import { openDevice } from "chainrule";
import type { Library } from "../../bench/contender.ts";
import { chainruleOn } from "../../bench/contenders/chainrule.ts";
import type { Problem } from "../../bench/nets.ts";
import { Runner } from "../../bench/runner.ts";

/** How far a library is from chainrule on the CPU after each of some steps. */
export async function differenceOf(
  library: Library,
  problem: Problem,
): Promise<{ loss: number; weights: number }> {
  const device = await openDevice({ backend: "cpu" });
  const runners = [await Runner.start(chainruleOn(device), problem), await Runner.start(library, problem)];
  for (const runner of runners) {
    for (let i = 0; i < 4; i++) await runner.chunk(2);
    await runner.snapshot();
  }
  const [ours, theirs] = runners;
  const difference = ours && theirs?.differenceFrom(ours);
  for (const { contender } of runners) await contender.dispose();
  device.dispose();
  return difference ?? { loss: NaN, weights: NaN };
}
