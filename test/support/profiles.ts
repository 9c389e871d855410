// Devices that plans are made for, beside the one that is there.

import { defaultLimits, type Profile } from "../../src/graph/profile.ts";

/** A GPU with the least that WebGPU guarantees: its kernels run anywhere. */
export const plainGpu: Profile = { kind: "gpu", name: "a GPU", subgroups: false, limits: defaultLimits };

/** The emulated GPU of a machine without subgroups. */
export const plainSoftware: Profile = { ...plainGpu, kind: "software", name: "an emulated GPU" };
