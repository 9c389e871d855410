// A diagnosis as text to read and to paste into a report of a bug: Markdown.

import { formatBytes } from "../plan/print.ts";
import type { DeviceDiagnosis, Diagnosis } from "./doctor.ts";
import { describeFailure } from "./parity_suite.ts";

const names = { webgpu: "WebGPU", gpujs: "gpu.js", wasm: "WebAssembly", cpu: "CPU, the reference" } as const;

export function printDiagnosis({ version, date, host, ok, devices }: Diagnosis): string {
  const webgpu = host.webgpu === undefined ? [] : [`webgpu ${host.webgpu}`];
  const lines = [
    "# chainrule doctor",
    "",
    [`chainrule ${version}`, host.engine, ...webgpu, date].join(" · "),
    "",
    `**${verdict(ok, devices)}**`,
  ];
  for (const device of devices) lines.push("", ...section(device, host.advice));
  return lines.join("\n");
}

function verdict(ok: boolean, devices: readonly DeviceDiagnosis[]): string {
  if (!ok) {
    const wrong = devices.filter((device) => !device.ok).map(({ backend }) => names[backend]);
    return `Something is wrong: ${wrong.join(", ")}.`;
  }
  const webgpu = devices.find(({ backend }) => backend === "webgpu");
  const isLacking = webgpu && webgpu.profile?.kind !== "gpu";
  return isLacking ? "What is there is right, but there is no GPU." : "All is right.";
}

function section(device: DeviceDiagnosis, advice: readonly string[]): string[] {
  const { backend, error, profile } = device;
  if (!profile)
    return [`## ${names[backend]}: not there`, "", error ?? "", ...list(backend === "webgpu" ? advice : [])];
  const emulated = profile.kind === "software";
  const warning =
    "**This is no GPU: the adapter is emulated on the CPU.** Its numbers count, its rates say nothing of a GPU.";
  return [
    profile.name === names[backend] ? `## ${profile.name}` : `## ${names[backend]}: ${profile.name}`,
    ...(emulated ? ["", warning, ...list(advice)] : []),
    ...(error === undefined ? [] : ["", `It stopped: ${error}`]),
    "",
    ...markdown([["", ""], ...facts(device)]),
    ...failures(device),
  ];
}

const list = (lines: readonly string[]): string[] =>
  lines.length ? ["", ...lines.map((line) => `- ${line}`)] : [];

function facts(of: DeviceDiagnosis): (readonly [string, string])[] {
  const { reason, profile, adapter, selfTest, parity, ceilings } = of;
  const found: (readonly [string, string])[] = [["why", reason ?? ""]];
  if (adapter) {
    const { vendor, architecture, device, description, features } = adapter;
    found.push(["adapter", [vendor, architecture, device].filter(Boolean).join(", ") || "not told"]);
    found.push(["driver", description || "not told"], ["features", features.join(", ") || "none"]);
  }
  if (profile && adapter)
    for (const [name, limit] of Object.entries(profile.limits) as [string, number][])
      found.push([name, name.endsWith("Size") ? formatBytes(limit) : limit.toLocaleString("en")]);
  if (selfTest) found.push(["self-test", `${score(selfTest)}, ${seconds(selfTest)}`]);
  if (parity) {
    const values = parity.rows.reduce((sum, row) => sum + row.values, 0);
    const worst = Math.max(...parity.rows.map((row) => row.worst?.relativeL2 ?? 0));
    const error = parity.ok ? `, ${values} tensors, relative L2 at most ${worst.toExponential(1)}` : "";
    found.push(["parity with the reference", `${score(parity)}${error}, ${seconds(parity)}`]);
  }
  if (ceilings) {
    found.push(["product", `${rate(ceilings.gigaflopsPerSecond)} GFLOP/s`]);
    found.push(["sum of vectors", `${rate(ceilings.gigabytesPerSecond)} GB/s`]);
  }
  return found;
}

const score = ({ rows }: { readonly rows: readonly { readonly ok: boolean }[] }): string =>
  `${rows.filter(({ ok }) => ok).length} of ${rows.length} right`;
const seconds = ({ milliseconds }: { readonly milliseconds: number }): string =>
  `${(milliseconds / 1000).toFixed(1)} s`;
const rate = (of: number): string => String(Number(of.toPrecision(3)));

/** A table whose first row is its head; a bar in a cell would end it. */
function markdown([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const cells = [head, head.map(() => "---"), ...rows].map((row) =>
    row.map((text) => text.replaceAll("|", "\\|").replaceAll("\n", " ")),
  );
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => {
    const padded = row.map((text, column) =>
      column + 1 < row.length ? text.padEnd(widths[column] ?? 0) : text,
    );
    return `| ${padded.join(" | ")} |`;
  });
}

function failures({ selfTest, parity }: DeviceDiagnosis): string[] {
  const wrong = [
    ...(selfTest?.rows ?? [])
      .filter(({ ok }) => !ok)
      .map(({ name, at, got, expected }) => ["self-test", name, `element ${at} is ${got}, not ${expected}`]),
    ...(parity?.rows ?? []).filter(({ ok }) => !ok).map((row) => [row.kind, row.name, describeFailure(row)]),
  ];
  if (wrong.length === 0) return [];
  return ["", ...markdown([["wrong", "", ""], ...wrong])];
}
