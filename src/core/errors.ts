// One class per kind of mistake. Every message names the op or option, shows the values, and says the fix.

/** Root of every error that chainrule throws on purpose. */
export class ChainruleError extends Error {
  override name = "ChainruleError";
}

/** Shapes that do not meet: `matmul: inner dimensions differ, x is [64,784] but w is [785,128]. …` */
export class ShapeError extends ChainruleError {
  override name = "ShapeError";
}

/** A tensor of the wrong element type. */
export class DTypeError extends ChainruleError {
  override name = "DTypeError";
}

/** An option or a piece of data whose value cannot be used: NaN pixels, a negative learning rate, a label out of range. */
export class ValueError extends ChainruleError {
  override name = "ValueError";
}

/** Something that exceeds a limit of the adapter, quoted by the limit's name in the WebGPU specification. */
export class LimitError extends ChainruleError {
  override name = "LimitError";
}

/** A file that is truncated, or is not what its name or header says. */
export class FormatError extends ChainruleError {
  override name = "FormatError";
}

/** No device, a lost device, or a program used after its device or state is gone. */
export class DeviceError extends ChainruleError {
  override name = "DeviceError";
}

/** A gradient that was asked for and does not exist; the message names the alternative. */
export class GradientError extends ChainruleError {
  override name = "GradientError";
}
