import { activation, type Layer } from "./layer.ts";

/** σ(x) = 1/(1+e⁻ˣ). */
export const sigmoid = (): Layer => activation("sigmoid", (x) => x.sigmoid());
export const tanh = (): Layer => activation("tanh", (x) => x.tanh());
/** max(x, 0). */
export const relu = (): Layer => activation("relu", (x) => x.relu());
/** Over the last axis. */
export const softmax = (): Layer => activation("softmax", (x) => x.softmax());
