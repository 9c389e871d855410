export { binaryCrossEntropy } from "./binary_cross_entropy.ts";
export { halfSquaredError } from "./half_squared_error.ts";
export type { Loss, LossOptions } from "./loss.ts";
export { meanSquaredError } from "./mean_squared_error.ts";
export { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
