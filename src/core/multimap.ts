// Maps that hold several values a key.

/** Adds a value to those of a key, after the others. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const before = map.get(key);
  if (before) before.push(value);
  else map.set(key, [value]);
}
