import { expect, test } from "vitest";
import { DeviceError } from "../../src/core/errors.ts";
import { version } from "../../src/core/version.ts";
import { diagnose } from "../../src/inspect/doctor.ts";
import { printDiagnosis } from "../../src/inspect/print_diagnosis.ts";
import type { Backend, Device } from "../../src/runtime/device.ts";
import type { Profile } from "../../src/graph/profile.ts";
import { plainGpu, plainSoftware } from "../support/profiles.ts";
import { patient } from "../support/patient.ts";

const host = { engine: "an engine", webgpu: "1.2.3", advice: ["Install a GPU."] };

const opening =
  (webgpu: (backend: Backend) => Promise<Device>) =>
  async (backend: Backend): Promise<Device> =>
    backend === "webgpu" ? webgpu(backend) : patient();

const missing = opening(async () => {
  throw new DeviceError("webgpu: there is none.");
});

const adapter = (profile: Profile, wrong = false) =>
  opening(async () => Object.assign(patient(wrong), { profile: { ...profile, name: "an | adapter" } }));

test("all that is there is examined, and its progress told", async () => {
  const told: (readonly [Backend, number])[] = [];
  const diagnosis = await diagnose({
    host,
    open: async () => patient(),
    onProgress: (backend, _, done) => told.push([backend, done]),
  });
  expect(diagnosis).toMatchObject({ ok: true, version, host });
  expect(diagnosis.devices.map(({ backend, ok }) => [backend, ok])).toEqual([
    ["webgpu", true],
    ["wasm", true],
    ["cpu", true],
  ]);
  for (const { ceilings } of diagnosis.devices) expect(ceilings?.gigaflopsPerSecond).toBeGreaterThan(0);
  for (const backend of ["webgpu", "wasm", "cpu"]) {
    const steps = told.filter(([each]) => each === backend).map(([, done]) => done);
    expect(steps).toEqual([...steps].sort((p, q) => p - q));
    expect([steps[0], steps.at(-1)]).toEqual([0, 1]);
  }
});

test("a back end that is not there is no fault, unless it was asked for by name", async () => {
  const diagnosis = await diagnose({ host, open: missing });
  expect(diagnosis.ok).toBe(true);
  expect(diagnosis.devices[0]).toMatchObject({
    ok: false,
    error: "webgpu: there is none.",
    profile: undefined,
  });
  const text = printDiagnosis(diagnosis);
  expect(text).toContain(`chainrule ${version} · an engine · webgpu 1.2.3 · ${diagnosis.date}\n`);
  expect(text).toContain("**What is there is right, but there is no GPU.**");
  expect(text).toContain(
    "## WebGPU: not there\n\nwebgpu: there is none.\n\n- Install a GPU.\n\n## WebAssembly",
  );
  const wanted = await diagnose({ host, open: missing, backends: ["webgpu"] });
  expect(wanted.ok).toBe(false);
  expect(printDiagnosis(wanted)).toContain("**Something is wrong: WebGPU.**");
});

test("a GPU that is right is said to be one, an emulated one not to be", async () => {
  const gpu = printDiagnosis(await diagnose({ host, open: adapter(plainGpu), backends: ["webgpu"] }));
  expect(gpu).toContain("**All is right.**\n\n## WebGPU: an | adapter\n\n|");
  expect(gpu).not.toContain("emulated");
  expect(gpu).toMatch(/\| self-test +\| 38 of 38 right, /);
  expect(gpu).toMatch(/\| product +\| [\d.e-]+ GFLOP\/s \|/);
  const software = printDiagnosis(
    await diagnose({ host, open: adapter(plainSoftware), backends: ["webgpu"] }),
  );
  expect(software).toContain("**What is there is right, but there is no GPU.**");
  expect(software).toContain("**This is no GPU: the adapter is emulated on the CPU.**");
  expect(software).toContain("\n- Install a GPU.\n");
});

test("what is wrong is in the report with its numbers, and the others are examined", async () => {
  const diagnosis = await diagnose({ host, open: adapter(plainGpu, true), backends: ["webgpu", "cpu"] });
  expect(diagnosis.ok).toBe(false);
  expect(diagnosis.devices.map(({ ok }) => ok)).toEqual([false, true]);
  const text = printDiagnosis(diagnosis);
  expect(text).toContain("**Something is wrong: WebGPU.**");
  expect(text).toMatch(/\| self-test +\| 0 of 38 right/);
  expect(text).toMatch(/\n\| self-test +\| sigmoid +\| element \d+ is \S+, not \S+ \|\n/);
  expect(text).toMatch(/\n\| primitive +\| matmul +\| #\d+ \w+: element \d+ is \S+, not \S+ \|\n/);
  expect(JSON.parse(JSON.stringify(diagnosis))).toMatchObject({
    ok: false,
    devices: [{ backend: "webgpu" }, {}],
  });
});

test("a device that is lost on the way stops its own examination only", async () => {
  const open = opening(async () => {
    const device = patient();
    device.read = async () => {
      throw new DeviceError("webgpu: the device was lost.");
    };
    return device;
  });
  const diagnosis = await diagnose({ host, open, backends: ["webgpu", "cpu"] });
  expect(diagnosis.ok).toBe(false);
  expect(diagnosis.devices.map(({ ok }) => ok)).toEqual([false, true]);
  expect(printDiagnosis(diagnosis)).toContain("\n\nIt stopped: webgpu: the device was lost.\n\n");
});
