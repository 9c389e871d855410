// A child process that answers each JSON object written to it, one a line, with one of its own, in order.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Lines {
  /** Throws where the process ends without an answer, with what it said last. */
  ask<Answer>(message: object): Promise<Answer>;
}

/**
 * Starts a program. Where there is none of that name, asking throws the error that the system gives, with its code. The
 * process lives until this one ends, and does not keep it alive.
 */
export function linesOf(program: string, args: readonly string[]): Lines {
  const child = spawn(program, args, { stdio: "pipe" });
  const waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  let said = "";
  let over: Error | undefined;
  const end = (error: Error): void => {
    over ??= error;
    for (const { reject } of waiting.splice(0)) reject(over);
  };
  child.on("error", end);
  child.on("close", (code) => end(new Error(`bench: ${program} ended (exit code ${code}): ${said.trim()}`)));
  // Writing to a process that has just ended is an error of the pipe's own; "close" tells why it ended.
  child.stdin.on("error", () => {});
  child.stderr.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-2000)));
  createInterface(child.stdout).on("line", (line) => waiting.shift()?.resolve(line));
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as Held[];
  for (const handle of handles) handle.unref();

  return {
    async ask<Answer>(message: object) {
      if (over) throw over;
      for (const handle of handles) handle.ref();
      try {
        const line = await new Promise<string>((resolve, reject) => {
          waiting.push({ resolve, reject });
          child.stdin.write(`${JSON.stringify(message)}\n`);
        });
        return JSON.parse(line) as Answer;
      } finally {
        if (waiting.length === 0) for (const handle of handles) handle.unref();
      }
    },
  };
}

/** What keeps a process alive, unless told not to: the pipes of a child are sockets, though not typed so. */
interface Held {
  ref(): void;
  unref(): void;
}
