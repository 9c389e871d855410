// Elements of the page, by id and of the type that the page gives them.

/** Throws where the page has no such element. */
export function element<E extends Element>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${type.name} with the id ${id}.`);
}
