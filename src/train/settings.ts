// The trainer's options, checked before anything is allocated, and with their defaults.

import { ValueError } from "../core/errors.ts";
import { finite, positiveInteger } from "../core/option.ts";
import type { TrainerOptions } from "./options.ts";

export type Settings = Required<TrainerOptions>;

const FUNCTION = "a function of prediction and target";

/** Throws ValueError where an option is out of range, missing or unknown. */
export function settingsOf(options: TrainerOptions): Settings {
  const { model, loss, optimizer, batchSize, seed = 0, metrics = {}, ...more } = options;
  const { clipNorm = Infinity, accumulate = 1, ...unknown } = more;
  const settings = { model, loss, optimizer, batchSize, seed, metrics, clipNorm, accumulate };
  for (const name of Object.keys(unknown))
    throw new ValueError(
      `createTrainer: ${name} is no option. Use ${Object.keys(settings).join(", ")}, or options of the optimizer.`,
    );
  // Callers without types may leave a part out, or pass another.
  const parts: readonly (readonly [string, unknown, string])[] = [
    ["model", model?.apply, "a layer, such as nn.dense(2, 1)"],
    ["loss", loss, `${FUNCTION}, such as loss.halfSquaredError`],
    ["optimizer", optimizer?.update, "one of optim, such as optim.sgd({ learningRate: 1 })"],
    ...Object.entries(metrics).map(([name, metric]) => [`metric ${name}`, metric, FUNCTION] as const),
  ];
  for (const [name, part, use] of parts)
    if (typeof part !== "function") throw new ValueError(`createTrainer: ${name} is missing. Pass ${use}.`);
  finite("learningRate", optimizer.learningRate, 0);
  positiveInteger("batchSize", batchSize);
  positiveInteger("accumulate", accumulate);
  if (!(clipNorm > 0))
    throw new ValueError(`clipNorm is ${clipNorm}. Use a number above 0, or leave it out.`);
  return settings;
}
