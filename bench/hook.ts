// Puts a method of a class aside for a while.

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces a method of a class by what `make` makes of it; gives what puts the method back. */
export function replaceMethod(prototype: object, name: string, make: (method: Method) => Method): () => void {
  const holder = prototype as Record<string, Method>;
  const method = holder[name];
  if (!method) throw new Error(`bench: there is no method ${name} to watch`);
  holder[name] = make(method);
  return () => {
    holder[name] = method;
  };
}
