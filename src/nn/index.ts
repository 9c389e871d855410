export { relu, sigmoid, softmax, tanh } from "./activations.ts";
export { checkpoint, checkpointSequential } from "./checkpoint.ts";
export { dense, type DenseOptions } from "./dense.ts";
export { layerNorm, type LayerNormOptions } from "./layer_norm.ts";
export { activation, type Layer, type LayerContext, type Named } from "./layer.ts";
export { sequential } from "./sequential.ts";
export { textbookNetwork } from "./textbook_network.ts";
