// What a run trains and who takes part, read from the command line's lists.

import { nameOf, nets, type Net, type OptimizerName, type Training } from "./nets.ts";

/**
 * `784-128-10@256`: units from inputs to outputs, then the batch size; `784-128-10+norm@256` with layer norms. Throws
 * RangeError for anything else.
 */
export function netOf(text: string): Net {
  const [, layers = "", norm, batch = ""] = /^([1-9]\d*(?:-[1-9]\d*)+)(\+norm)?@([1-9]\d*)$/.exec(text) ?? [];
  if (layers === "")
    throw new RangeError(`"${text}" is no net. Give its units and its batch size, as in 784-128-10@256.`);
  const net = { sizes: layers.split("-").map(Number), batchSize: Number(batch) };
  return norm ? { ...net, norm: true } : net;
}

/**
 * The trainings to measure. Each net that is named is trained by each optimizer; where none are named, each of the usual
 * nets by its usual optimizers.
 */
export function trainingsOf(chosen?: readonly Net[], by?: readonly OptimizerName[]): Training[] {
  const pairs = (chosen ?? nets).flatMap((net) => {
    const usual = nets.find((other) => nameOf(other) === nameOf(net))?.optimizers ?? ["sgd"];
    const wanted = chosen ? (by ?? ["sgd"]) : usual.filter((name) => (by ?? usual).includes(name));
    const { sizes, norm, batchSize } = net;
    return wanted.map((optimizer) => ({ sizes, ...(norm && { norm }), batchSize, optimizer }));
  });
  if (pairs.length === 0)
    throw new RangeError(`no net is trained with ${by?.join(", ")}. Name it with --nets.`);
  return pairs;
}

/** The entries of a comma-separated list, each one of `known`. Throws RangeError naming one that is not. */
export function listOf<Name extends string>(text: string, known: readonly Name[]): Name[] {
  return text.split(",").map((entry) => {
    const name = known.find((other) => other === entry.trim());
    if (name === undefined) throw new RangeError(`"${entry}" is not one of ${known.join(", ")}.`);
    return name;
  });
}
