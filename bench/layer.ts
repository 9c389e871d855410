// The parameters of a layer, in whatever a library keeps them.

// A type alias, as jax-js's trees ask for: an interface is not assignable to one.
export type LayerOf<Value> = {
  /** (inputs, outputs) */
  readonly weight: Value;
  /** (outputs) */
  readonly bias: Value;
  /** (outputs): what a layer norm of the units multiplies by and adds, where there is one. */
  readonly scale?: Value;
  readonly shift?: Value;
};

/** The same layer with each parameter made into another by `f`, called in a fixed order. */
export function mapLayer<From, To>(
  { weight, bias, scale, shift }: LayerOf<From>,
  f: (value: From, name: keyof LayerOf<From>) => To,
): LayerOf<To> {
  const dense = { weight: f(weight, "weight"), bias: f(bias, "bias") };
  if (scale === undefined || shift === undefined) return dense;
  return { ...dense, scale: f(scale, "scale"), shift: f(shift, "shift") };
}

/** All parameters, in the order of `mapLayer`. */
export function valuesOf<Value>(layer: LayerOf<Value>): Value[] {
  const values: Value[] = [];
  mapLayer(layer, (value) => values.push(value));
  return values;
}

/** Reads all parameters at once. */
export async function readLayer<From, To>(
  layer: LayerOf<From>,
  read: (value: From) => Promise<To>,
): Promise<LayerOf<To>> {
  const values = await Promise.all(valuesOf(layer).map(read));
  let next = 0;
  return mapLayer(layer, () => values[next++] as To);
}
