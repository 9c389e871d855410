// The public surface: re-exports, nothing else.

export {
  compile,
  compileStep,
  lower,
  type CompileInput,
  type LowerOptions,
  type OnDevice,
  type Symbolic,
} from "./compile.ts";
export type { DType, HostArray, HostDType } from "./core/dtype.ts";
export * from "./core/errors.ts";
export { hostTensor, isHostTensor, tensor, zeros, type HostTensor, type Nested } from "./core/host_tensor.ts";
export { Random } from "./core/random.ts";
export type { Shape } from "./core/shape.ts";
export { leavesOf, mapTree, type IsLeaf, type NamedLeaf, type Tree } from "./core/tree.ts";
export * from "./data/index.ts";
export type { Graph, Input, InputKind, Output, Update } from "./graph/graph.ts";
export { interpret } from "./oracle/interpret.ts";
export { printGraph } from "./graph/print.ts";
export { cpuProfile, defaultLimits, type Limits, type Profile } from "./graph/profile.ts";
export {
  checkGradients,
  type GradientCheckOptions,
  type GradientReport,
  type GradientRow,
} from "./inspect/check_gradients.ts";
export { profile, type ProfileOptions, type ProfileReport, type ProfileRow } from "./inspect/profile.ts";
export type { Ceilings } from "./inspect/roofline.ts";
export { parity, type ParityOptions, type ParityReport, type ParityRow } from "./inspect/parity.ts";
export { decodeIdx } from "./io/idx.ts";
export { gunzipIfNeeded } from "./io/gzip.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./io/safetensors.ts";
export * as loss from "./loss/index.ts";
export type { Loss, LossOptions } from "./loss/index.ts";
export * as nn from "./nn/index.ts";
export type { Layer } from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export { zipTrees, type Optimizer } from "./optim/optimizer.ts";
export type { Plan } from "./plan/plan.ts";
export { printPlan } from "./plan/print.ts";
export {
  memoryTimeline,
  type MemoryKind,
  type MemoryTimeline,
  type TimelineDispatch,
  type TimelineValue,
} from "./plan/timeline.ts";
export type { Recomputation } from "./plan/recomputation.ts";
export type { Autotune, Backend, BackendModule, Device, Rival, Tuner } from "./runtime/device.ts";
export { DeviceTensor, isDeviceTensor, upload } from "./runtime/device_tensor.ts";
export { backends, openDevice, type OpenOptions } from "./open/open.ts";
export { autotune, type AutotuneOptions } from "./runtime/tune/autotune.ts";
export type { TextStorage } from "./runtime/storage.ts";
export type { Argument } from "./runtime/arguments.ts";
export { Program, type OnHost, type ProgramMemory } from "./runtime/program.ts";
export { setAdapterProvider, type Adapter, type AdapterProvider } from "./runtime/webgpu/provider.ts";
export { checkpoint } from "./trace/checkpoint.ts";
export { asUpdate, record, sgdUpdate } from "./trace/functional.ts";
export { Tensor, type Axes, type Operand } from "./trace/tensor.ts";
export { hyper, isTensor, resident, spec, trace, type InputSpec, type Traced } from "./trace/trace.ts";
export { grad, valueAndGrad, type GradOptions, type LossFunction } from "./trace/transform.ts";
export { accuracy } from "./train/accuracy.ts";
export { argmaxRows, confusionMatrix } from "./train/classes.ts";
export type { Evaluation } from "./train/evaluate.ts";
export type {
  EpochReport,
  FitOptions,
  Metric,
  MetricValues,
  Progress,
  TrainerOptions,
} from "./train/options.ts";
export type { EvaluationProgram } from "./train/resident_set.ts";
export { measureStep } from "./train/measure_step.ts";
export { stream, type Stream } from "./train/stream.ts";
export type { StepProgram } from "./train/step_program.ts";
export type { TrainState } from "./train/state.ts";
export { createTrainer, Trainer } from "./train/trainer.ts";
