// The page that examines this browser: what there is to compute with, whether it computes right, how fast.

import { openDevice, type Backend } from "chainrule";
import { diagnose, printDiagnosis, type DeviceDiagnosis } from "chainrule/doctor";
import { element } from "./element.ts";

const names: Readonly<Record<Backend, string>> = {
  webgpu: "WebGPU",
  gpujs: "gpu.js",
  wasm: "WebAssembly",
  cpu: "The reference, in plain loops",
};

const ADVICE = [
  "Chrome and Edge have WebGPU from 113 on, Safari from 26, Firefox on Windows from 141; over https or on localhost.",
  "Turn on hardware acceleration in the browser's settings; `chrome://gpu` or `about:support` say what is blocked, and why.",
  "Update the driver of the GPU. On Linux, Chrome may need `--enable-unsafe-webgpu --enable-features=Vulkan`.",
];

/** As far as the browser's version goes. */
const hasWebGpu = (): boolean => (navigator as { gpu?: GPU }).gpu !== undefined;

const run = element("run", HTMLButtonElement);
const copy = element("copy", HTMLButtonElement);
const report = element("report", HTMLElement);
const text = (id: string, words: string): void => {
  element(id, HTMLElement).textContent = words;
};
const show = (id: string, visible: boolean): void => {
  element(id, HTMLElement).hidden = !visible;
};

const score = ({ rows }: { readonly rows: readonly { readonly ok: boolean }[] }): string =>
  `${rows.filter(({ ok }) => ok).length} of ${rows.length}`;

const threeDigits = (rate: number): string => Number(rate.toPrecision(3)).toLocaleString("en");

/** A card of what a back end is and did. */
function cardOf(device: DeviceDiagnosis): HTMLElement {
  const { backend, ok, error, reason, profile, selfTest, parity, ceilings } = device;
  const card = document.createElement("li");
  const title = document.createElement("h2");
  const mark = document.createElement("span");
  mark.className = ok ? "mark right" : profile ? "mark wrong" : "mark";
  mark.textContent = ok ? "right" : profile ? "wrong" : "not there";
  title.append(names[backend], mark);
  const what = document.createElement("p");
  what.className = "note";
  const emulated = profile?.kind === "software" ? " – no GPU: emulated on the CPU" : "";
  // Of WebAssembly, how it computes.
  const name = backend === "wasm" ? reason?.replace(/^.*: /, "") : profile?.name;
  what.textContent = profile ? `${name}${emulated}` : (error ?? "");
  const numbers = document.createElement("dl");
  const facts = [
    ["Self-test", selfTest && score(selfTest)],
    ["Parity", parity && score(parity)],
    ["GFLOP/s", ceilings && threeDigits(ceilings.gigaflopsPerSecond)],
    ["GB/s", ceilings && threeDigits(ceilings.gigabytesPerSecond)],
  ] as const;
  for (const [name, value] of facts) {
    if (value === undefined) continue;
    const fact = numbers.appendChild(document.createElement("div"));
    fact.appendChild(document.createElement("dt")).textContent = name;
    fact.appendChild(document.createElement("dd")).textContent = value;
  }
  numbers.className = "numbers";
  card.className = "card patient";
  card.append(title, what, ...(numbers.childElementCount ? [numbers] : []));
  return card;
}

async function examine(): Promise<void> {
  const bar = element("progress", HTMLProgressElement);
  const order: readonly Backend[] = ["webgpu", "wasm", "cpu"];
  const diagnosis = await diagnose({
    // The report has the self-test in it.
    open: (backend) => openDevice({ backend, selfTest: false }),
    host: { engine: navigator.userAgent, advice: hasWebGpu() ? ADVICE.slice(1) : ADVICE },
    onProgress(backend, what, done) {
      bar.value = (order.indexOf(backend) + done) / order.length;
      text("progress-text", `${names[backend]}: ${what}`);
    },
  });
  const { ok, devices } = diagnosis;
  const words = ok ? "What is here computes right." : "Something here computes wrong: see the report.";
  text("verdict", words);
  element("verdict", HTMLElement).className = `verdict ${ok ? "right" : "wrong"}`;
  element("devices", HTMLElement).replaceChildren(...devices.map(cardOf));
  report.textContent = printDiagnosis(diagnosis);
  text("progress-text", "Done.");
  text("status", words);
  for (const id of ["verdict", "report-section"]) show(id, true);
  copy.disabled = false;
}

run.addEventListener("click", () => {
  run.disabled = true;
  show("error", false);
  examine()
    .catch((error: unknown) => {
      text("error", error instanceof Error ? error.message : String(error));
      show("error", true);
    })
    .finally(() => {
      run.disabled = false;
      run.textContent = "Run again";
    });
});

copy.addEventListener("click", () => {
  navigator.clipboard.writeText(report.textContent ?? "").then(
    () => text("status", "The report is copied."),
    // Without the permission, the reader copies it by hand.
    () => getSelection()?.selectAllChildren(report),
  );
});
