export { runJobs } from "./jobs";
export {
  blocks,
  multiplyBlocks,
  multiplyMatrices,
  ownBytes,
  packPanels,
  panels,
  setScratch,
  sharedBytes,
} from "./product";
