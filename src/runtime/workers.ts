// Threads that run a script given as text: so there is no file that a bundler would have to find. Node has workers of its own kind.

export interface TextWorker {
  post(message: unknown): void;
  /** Told of each message, and of an error that ended it. */
  listen(onMessage: (data: unknown) => void, onError: (error: Error) => void): void;
  /** Whether the process goes on as long as it is there; at first it does. */
  hold(isHeld: boolean): void;
  terminate(): void;
}

/** `script` speaks through `self`, as the script of a web worker does. Throws where workers are refused. */
export type SpawnWorker = (script: string) => TextWorker;

let spawn: SpawnWorker = (script) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.onmessage = ({ data }) => {
        // Its script is loaded.
        URL.revokeObjectURL(url);
        onMessage(data);
      };
      worker.onerror = ({ message }) => onError(new Error(message || "a worker was refused"));
    },
    // Bun has them; a page is not a process.
    hold(isHeld) {
      const { ref, unref } = worker as { ref?(): void; unref?(): void };
      (isHeld ? ref : unref)?.call(worker);
    },
    terminate: () => worker.terminate(),
  };
};

/** Replaces where workers come from, and gives what it replaces. */
export function setSpawnWorker(next: SpawnWorker): SpawnWorker {
  const before = spawn;
  spawn = next;
  return before;
}

export const spawnWorker: SpawnWorker = (script) => spawn(script);
