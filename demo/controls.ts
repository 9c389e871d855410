// What a person can set, and when it changes.

import { element } from "./element.ts";
import type { Settings } from "./training.ts";

export interface Controls {
  settings(): Settings;
  /** Names the button by what it does now. */
  showRunning(running: boolean): void;
  enable(): void;
}

export interface Actions {
  toggle(): void;
  restart(settings: Settings): void;
  setLearningRate(rate: number): void;
}

export function controls(actions: () => Actions | undefined): Controls {
  const form = element("settings", HTMLFormElement);
  const backend = element("backend", HTMLSelectElement);
  const hidden = element("hidden", HTMLSelectElement);
  const batchSize = element("batch-size", HTMLSelectElement);
  const rate = element("rate", HTMLInputElement);
  const rateValue = element("rate-value", HTMLOutputElement);
  const train = element("train", HTMLButtonElement);
  const restart = element("restart", HTMLButtonElement);

  // The slider is logarithmic: each two of its steps double the rate.
  const learningRate = (): number => 2 ** rate.valueAsNumber;
  const settings = (): Settings => ({
    backend: backend.value as Settings["backend"],
    hidden: Number(hidden.value),
    batchSize: Number(batchSize.value),
    learningRate: learningRate(),
  });
  const showRate = (): void => {
    rateValue.value = rate.ariaValueText = String(Number(learningRate().toPrecision(2)));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    actions()?.toggle();
  });
  for (const select of [backend, hidden, batchSize])
    select.addEventListener("change", () => actions()?.restart(settings()));
  restart.addEventListener("click", () => actions()?.restart(settings()));
  rate.addEventListener("input", () => {
    showRate();
    actions()?.setLearningRate(learningRate());
  });
  showRate();
  return {
    settings,
    showRunning: (running) => (train.textContent = running ? "Stop" : "Train"),
    enable: () => {
      train.disabled = restart.disabled = false;
    },
  };
}
