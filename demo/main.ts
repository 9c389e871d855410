// Puts the page together: data and controls on one side, numbers, charts and digits on the other.

import type { Device } from "chainrule";
import { LineChart } from "./chart.ts";
import { controls } from "./controls.ts";
import { fetchDigits, type Digits } from "./data.ts";
import { DigitGallery } from "./digits.ts";
import { element } from "./element.ts";
import { Training, type Listener } from "./training.ts";

const write = (id: string, text: string): void => {
  element(id, HTMLElement).textContent = text;
};
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const PLACES: Partial<Record<Device["backend"], string>> = {
  webgpu: "WebGPU",
  wasm: "the CPU, in WebAssembly",
  cpu: "the CPU, in plain loops: slowly, with the same numbers",
};
const describe = ({ backend }: Device, reason: string): string =>
  `Runs on ${PLACES[backend] ?? backend}. ${sentence(reason)}`;
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?(\)?)$/, "$1.")}`.replace(/^Webgpu/, "WebGPU");

function fail(error: unknown): void {
  const box = element("error", HTMLElement);
  box.textContent = error instanceof Error ? error.message : String(error);
  box.hidden = false;
}

let training: Training | undefined;
const panel = controls(
  () =>
    training && {
      toggle: () => (training?.running ? training.stop() : training?.start()),
      restart: (settings) => training?.restart(settings),
      setLearningRate: (rate) => training?.setLearningRate(rate),
    },
);
const lossChart = new LineChart(element("loss-chart", HTMLElement), {
  lines: ["--first", "--second"],
  y: [0, 0.6],
});
const accuracyChart = new LineChart(element("accuracy-chart", HTMLElement), {
  lines: ["--second"],
  y: [0, 100],
});

function listener({ shown }: Digits): Listener {
  const gallery = new DigitGallery(element("digits", HTMLElement), shown);
  return {
    opened: (device, reason) => write("device", describe(device, reason)),
    built(plan, guesses) {
      write("plan", plan);
      for (const id of ["epoch", "loss", "accuracy", "speed"]) write(id, "–");
      for (const chart of [lossChart, accuracyChart]) chart.clear();
      gallery.show(guesses);
      panel.enable();
    },
    progressed: (epochs, loss) => lossChart.add(epochs, [loss, null]),
    finished({ epoch, loss, validationLoss = null, accuracy = 0, samplesPerSecond }, guesses) {
      write("epoch", String(epoch));
      write("loss", loss.toFixed(4));
      write("accuracy", percent(accuracy));
      write("speed", Math.round(samplesPerSecond).toLocaleString("en"));
      lossChart.add(epoch, [null, validationLoss]);
      accuracyChart.add(epoch, [100 * accuracy]);
      gallery.show(guesses);
    },
    changed(running) {
      panel.showRunning(running);
      const last = `after epoch ${element("epoch", HTMLElement).textContent}`;
      write("status", running ? "Training." : `Stopped ${last}.`);
      if (running) element("error", HTMLElement).hidden = true;
    },
    failed: fail,
  };
}

fetchDigits()
  .then((digits) => (training = new Training(digits, panel.settings(), listener(digits))))
  .catch(fail);
