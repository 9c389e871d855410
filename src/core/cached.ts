// What is made when it is first asked for, and kept.

/** What a map holds for a key, made where it is missing. */
export function cached<K, V>(map: Map<K, V>, key: K, make: (key: K) => V): V {
  let found = map.get(key);
  if (found === undefined) {
    found = make(key);
    map.set(key, found);
  }
  return found;
}

/** The same for what takes a while. What fails is forgotten: the next caller tries again. */
export function cachedPromise<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  return cached(map, key, () => {
    const made = make();
    made.catch(() => map.delete(key));
    return made;
  });
}
