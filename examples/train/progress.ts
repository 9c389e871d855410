// How training is shown: a line an epoch, and on a terminal a bar below them for the whole training.

import { SingleBar, Presets } from "cli-progress";
import type { EpochReport, Progress } from "chainrule";

export interface EpochLog {
  progress(now: Progress): void;
  epoch(report: EpochReport): void;
  /** Takes the bar away and gives the terminal its cursor back. */
  stop(): void;
}

interface Figures {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number | undefined;
  readonly samplesPerSecond: number;
}

export function epochLog(output: NodeJS.WriteStream, epochs: number): EpochLog {
  const digits = String(epochs).length;
  const name = (epoch: number): string => `epoch ${String(epoch).padStart(digits)}/${epochs}`;
  const figures = ({ loss, accuracy, samplesPerSecond }: Figures): string =>
    [
      `loss ${loss.toFixed(5)}`,
      ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy)}`]),
      `${Math.round(samplesPerSecond).toLocaleString("en")} samples/s`,
    ].join("  ");
  let bar: SingleBar | undefined;
  /** Of the test set, after the last full epoch. */
  let accuracy: number | undefined;

  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    progress(now) {
      if (!output.isTTY) return;
      const payload = { name: name(now.epoch), figures: figures({ ...now, accuracy }) };
      const done = (now.epoch - 1) * now.total + now.samples;
      if (!bar) {
        bar = startBar(output);
        bar.start(epochs * now.total, done, payload);
      }
      bar.update(done, payload);
    },
    epoch(report) {
      stop();
      accuracy = report.accuracy;
      output.write(`${name(report.epoch)}  ${figures(report)}\n`);
    },
    stop,
  };
}

const startBar = (stream: NodeJS.WriteStream): SingleBar =>
  new SingleBar(
    {
      stream,
      format: "{name}  {bar}  {figures}",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false, // Ctrl-C is main's
    },
    Presets.shades_classic,
  );

/** 0.96213 → "96.21 %". */
export const percent = (share: number | undefined): string =>
  share === undefined ? "unknown" : `${(100 * share).toFixed(2)} %`;
