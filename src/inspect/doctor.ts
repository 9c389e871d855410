// What is there to compute with, whether it computes right, and how fast: as data.

import { DeviceError } from "../core/errors.ts";
import { version } from "../core/version.ts";
import type { Profile } from "../graph/profile.ts";
import type { Backend, Device } from "../runtime/device.ts";
import { ceilingsOf } from "./ceilings.ts";
import { paritySuite, type SuiteReport } from "./parity_suite.ts";
import type { Ceilings } from "./roofline.ts";
import { selfTest, type SelfTestReport } from "./self_test.ts";

/** Of WebGPU; which of them a browser tells is its own choice. */
export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Where Dawn is below, the driver and its version. */
  readonly description: string;
  readonly features: readonly string[];
}

export interface DeviceDiagnosis {
  readonly backend: Backend;
  readonly ok: boolean;
  /** Why it could not be opened, or could not go on; undefined where nothing was thrown. */
  readonly error: string | undefined;
  /** What follows is undefined where it was not opened. */
  readonly reason: string | undefined;
  readonly profile: Profile | undefined;
  readonly adapter: AdapterFacts | undefined;
  readonly selfTest: SelfTestReport | undefined;
  readonly parity: SuiteReport | undefined;
  readonly ceilings: Ceilings | undefined;
}

/** What runs this, in words. */
export interface Host {
  /** The browser, or Node and its platform. */
  readonly engine: string;
  /** In Node, the version of npm's `webgpu`; undefined where it is not installed. */
  readonly webgpu?: string | undefined;
  /** What to do where WebGPU finds no GPU, a line each. */
  readonly advice: readonly string[];
}

export interface Diagnosis {
  readonly version: string;
  readonly date: string;
  readonly host: Host;
  /** True where all that could be opened computes right, and all that was asked for by name could be opened. */
  readonly ok: boolean;
  readonly devices: readonly DeviceDiagnosis[];
}

export interface DiagnoseOptions {
  /** Opens a back end, without a self-test of its own. */
  open(backend: Backend): Promise<Device>;
  readonly host: Host;
  /** The only ones to look at, each of which has to be there. Default: WebGPU, WebAssembly and the reference, as far as they are. */
  readonly backends?: readonly Backend[] | undefined;
  /** Told what is being done, and the share of a back end's work that is done, 0…1. */
  onProgress?(backend: Backend, what: string, done: number): void;
}

const ALL: readonly Backend[] = ["webgpu", "wasm", "cpu"];

/**
 * Opens each back end, runs the self-test and the parity suite on it, and measures its rates. What goes wrong is in the
 * diagnosis: nothing is thrown. A second or two on a GPU (expected), about half a minute on an emulated one.
 */
export async function diagnose({ open, host, backends, onProgress }: DiagnoseOptions): Promise<Diagnosis> {
  const devices: DeviceDiagnosis[] = [];
  for (const backend of backends ?? ALL)
    devices.push(await examine(backend, open, (what, done) => onProgress?.(backend, what, done)));
  const isRequired = (backend: Backend): boolean => backends?.includes(backend) ?? false;
  return {
    version,
    date: new Date().toISOString().slice(0, 10),
    host,
    ok: devices.every(({ ok, profile, backend }) => ok || (profile === undefined && !isRequired(backend))),
    devices,
  };
}

type Tell = (what: string, done: number) => void;

async function examine(
  backend: Backend,
  open: DiagnoseOptions["open"],
  tell: Tell,
): Promise<DeviceDiagnosis> {
  const found: { -readonly [Key in keyof DeviceDiagnosis]: DeviceDiagnosis[Key] } = {
    backend,
    ok: false,
    error: undefined,
    reason: undefined,
    profile: undefined,
    adapter: undefined,
    selfTest: undefined,
    parity: undefined,
    ceilings: undefined,
  };
  let device: Device | undefined;
  try {
    tell("open", 0);
    device = await open(backend);
    Object.assign(found, { reason: device.reason, profile: device.profile, adapter: adapterOf(device) });
    tell("self-test", 0.02);
    found.selfTest = await selfTest(device);
    found.parity = await paritySuite(device, ({ name }, done) => tell(`parity: ${name}`, 0.1 + 0.7 * done));
    tell("rates", 0.8);
    found.ceilings = await ceilingsOf(device);
    found.ok = found.selfTest.ok && found.parity.ok;
  } catch (error) {
    found.error = error instanceof DeviceError ? error.message : String(error);
  } finally {
    device?.dispose();
  }
  tell("done", 1);
  return found;
}

function adapterOf(device: Device): AdapterFacts | undefined {
  const { gpu } = device as { readonly gpu?: GPUDevice };
  if (!gpu) return undefined;
  // Browsers have it from 2025 on.
  const info: Partial<GPUAdapterInfo> = gpu.adapterInfo ?? {};
  return {
    vendor: info.vendor ?? "",
    architecture: info.architecture ?? "",
    device: info.device ?? "",
    description: info.description ?? "",
    features: [...gpu.features].sort(),
  };
}
