// Where something is kept from one visit to the next: text by key. A page has localStorage; the entry for Node sets files.

/** As localStorage has it; either may give a promise. */
export interface TextStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
}

export const isStorage = ({ getItem, setItem }: Partial<TextStorage>): boolean =>
  typeof getItem === "function" && typeof setItem === "function";

/** A worker and Node have none, and a page may be denied its own. */
export function pageStorage(): TextStorage | undefined {
  try {
    const { localStorage } = globalThis as { localStorage?: TextStorage };
    return localStorage && isStorage(localStorage) ? localStorage : undefined;
  } catch {
    return undefined;
  }
}

let ownStorage: () => TextStorage | undefined = pageStorage;

/** Replaces what the library keeps its own notes in, such as which adapters passed the self-test. */
export function setOwnStorage(next: () => TextStorage | undefined): void {
  ownStorage = next;
}

export const findOwnStorage = (): TextStorage | undefined => ownStorage();
