// Programs that may still be compiling.

/** Disposes of programs. One whose compilation failed has told its caller, and holds nothing. */
export async function disposeAll(programs: Iterable<Promise<{ dispose(): void }>>): Promise<void> {
  for (const made of await Promise.allSettled(programs))
    if (made.status === "fulfilled") made.value.dispose();
}
