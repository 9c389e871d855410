// Under which conditions something was measured, as every report says first.

import { cpus, loadavg } from "node:os";
import type { AdapterFacts } from "./adapter_facts.ts";
import { number } from "./table.ts";

export interface Conditions {
  readonly date: string;
  /** What ran it: Node or a browser, with its version. */
  readonly runtime: string;
  readonly cpu: string;
  /** Processes that wanted a core, the mean of a minute: before and after. */
  readonly load: readonly [number, number];
  /** Undefined where nobody uses one. */
  readonly adapter: AdapterFacts | undefined;
}

/** `loadBefore` is what `currentLoad` gave before the first measurement; date, machine and load are now's. */
export function conditionsFrom(
  loadBefore: number,
  adapter: AdapterFacts | undefined,
  runtime: string,
): Conditions {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    runtime,
    cpu: `${cores[0]?.model.trim() || process.arch}, ${cores.length} cores`,
    load: [loadBefore, currentLoad()],
    adapter,
  };
}

export const currentLoad = (): number => loadavg()[0] ?? NaN;

/** Items of a list in Markdown. */
export function conditionLines({ date, runtime, cpu, load, adapter }: Conditions): string[] {
  const kind = [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ");
  return [
    ...(adapter ? [`- Adapter: ${adapter.name}${kind ? ` (${kind})` : ""}; ${adapter.reason}`] : []),
    `- CPU: ${cpu}; load average ${number(load[0])} before, ${number(load[1])} after; ${runtime}; ${date}`,
    ...(adapter?.software ? [`- ${SOFTWARE(cpus().length)}`] : []),
  ];
}

const SOFTWARE = (cores: number): string =>
  `**This adapter is no GPU: it is emulated by software on ${cores} shared cores, and its ratios are not a GPU's.** Absolute times move with whatever else the machine runs.`;
