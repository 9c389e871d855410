// Work that is done on the caller's own thread: now and then others on it (a page, a Ctrl-C) get their turn.

const EVERY_MS = 16;

export class Rest {
  private rested = performance.now();

  async ifDue(): Promise<void> {
    if (performance.now() - this.rested < EVERY_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.rested = performance.now();
  }
}
