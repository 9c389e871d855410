// Ctrl-C.

/** Thrown where training stops because it was asked to. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** Aborts at the first Ctrl-C; the second ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort(new Interrupted("interrupted: no weights were saved")));
  return controller.signal;
}
