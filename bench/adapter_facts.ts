// What a report says of the adapter that all ran on.

export interface AdapterFacts {
  /** As the driver calls it. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** True for a GPU that is emulated on the CPU. */
  readonly software: boolean;
  /** Why this adapter, in words. */
  readonly reason: string;
}

export function factsOf({ info }: GPUAdapter, reason: string): AdapterFacts {
  const { vendor, architecture, description, device } = info;
  const fallback = (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  const software = fallback || architecture === "swiftshader";
  const name = [software && description ? "" : device, description].filter(Boolean).join(" ");
  return { name: name || "unnamed adapter", vendor, architecture, software, reason };
}
