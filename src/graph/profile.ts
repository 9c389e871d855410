// What a plan needs to know of a device, as plain data, so that plans can be made and printed without one.

/** Names as in the WebGPU specification. */
export interface Limits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeWorkgroupsPerDimension: number;
}

export interface Profile {
  /** `software` is a GPU emulated on the CPU: loads are dear there, workgroup memory dearer. */
  readonly kind: "gpu" | "software" | "cpu";
  readonly name: string;
  readonly subgroups: boolean;
  readonly limits: Limits;
  /** True asks for kernels that compile sooner, though they run slower. */
  readonly quick?: boolean;
  /** By product, the kernel that was measured to be the fastest, as its op knows it: in place of the op's rules. */
  readonly tuned?: Readonly<Record<string, object>>;
}

/** The limits that every WebGPU device has (WebGPU specification, section 3.6.2). */
export const defaultLimits: Limits = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65535,
};

export const cpuProfile: Profile = {
  kind: "cpu",
  name: "JavaScript",
  subgroups: false,
  limits: {
    maxBufferSize: 2 ** 33,
    maxStorageBufferBindingSize: 2 ** 33,
    maxStorageBuffersPerShaderStage: 64,
    maxComputeWorkgroupsPerDimension: 65535,
  },
};
