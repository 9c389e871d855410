// Trains a network of sigmoid units on handwritten digits and says how well it reads those it never saw.

import { createTrainer, countOf, loss, nn, optim, setSoftwareVulkan, type TrainerOptions } from "chainrule";
import { swiftshader } from "../../tools/software.mjs";
import { confusionTable } from "./confusion.ts";
import { fasterElsewhere, openFor } from "./device.ts";
import { Interrupted, interruptSignal } from "./interrupt.ts";
import { parseOptions, type Options } from "./options.ts";
import { epochLog, percent } from "./progress.ts";
import { loadSource } from "./source.ts";
import { expectWritable, saveWeights } from "./weights.ts";

const print = (name: string, text: string): void => void process.stdout.write(`${name.padEnd(9)}${text}\n`);

async function run(options: Options): Promise<void> {
  const stop = interruptSignal();
  const { data, hidden, epochs, batchSize, learningRate, seed, backend, out } = options;
  await expectWritable(out);
  const { name, train, test } = await loadSource(data);
  setSoftwareVulkan(swiftshader);
  const device = await openFor(backend);
  const sizes = [train.x.shape[1] ?? 0, ...hidden, train.classes ?? 0];
  print("device", `${device.backend}: ${device.reason}`);
  print("data", `${name}: ${countOf(train)} to train, ${countOf(test)} to test`);
  print("network", `${sizes.join("-")}, batch ${batchSize}, learning rate ${learningRate}, seed ${seed}`);

  const settings: TrainerOptions = {
    model: nn.textbookNetwork(...sizes),
    loss: loss.halfSquaredError,
    optimizer: optim.sgd({ learningRate }),
    batchSize,
    seed,
  };
  const log = epochLog(process.stdout, epochs);
  try {
    const trainer = await createTrainer(device, settings);
    const started = performance.now();
    const fit = trainer.fit(train, {
      epochs,
      validation: test,
      onProgress(now) {
        stop.throwIfAborted();
        log.progress(now);
      },
    });
    for await (const report of fit) log.epoch(report);
    stop.throwIfAborted();
    print("time", `${((performance.now() - started) / 1000).toFixed(1)} s`);
    if (trainer.reason !== device.reason) print("moved", `${trainer.device.backend}: ${trainer.reason}`);
    const faster = backend ? undefined : await fasterElsewhere(device, settings, train);
    if (faster) print("faster", faster);
    const { accuracy, predictions } = await trainer.evaluate(test);
    const saved = await saveWeights(out, await trainer.params());
    await trainer.dispose();
    if (test.labels) process.stdout.write(`\n${confusionTable(predictions, test.labels)}\n\n`);
    print("weights", saved);
    process.stdout.write(`test accuracy ${percent(accuracy)}\n`);
  } finally {
    log.stop();
    device.dispose();
  }
}

/** One line, and the stack only for those who ask. */
function fail(error: unknown): void {
  const debug = process.env["CHAINRULE_DEBUG"] === "1" && error instanceof Error;
  const message = error instanceof Error ? error.message : String(error);
  const line = message.trim().replace(/\s*\n\s*/g, " ");
  const interrupted = error instanceof Interrupted;
  process.stderr.write(debug ? `${error.stack ?? line}\n` : `${interrupted ? "" : "error: "}${line}\n`);
  process.exitCode = interrupted ? 130 : 1;
}

// Whoever reads stdout may stop early, as `head` does.
process.stdout.on("error", () => process.exit(1));
await run(parseOptions(process.argv.slice(2))).catch(fail);
