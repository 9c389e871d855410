export { classification, type ClassificationOptions } from "./classification.ts";
export { countOf, dataset, type Dataset, type TrainTest } from "./dataset.ts";
export { loadDigits } from "./digits.ts";
export { loadIdxFolder } from "./idx_folder.ts";
export { oneHot } from "./one_hot.ts";
export { batches, shuffledRows } from "./sampler.ts";
export { split, take } from "./split.ts";
export type { Batches, ExampleSource, StreamSource } from "./stream_source.ts";
