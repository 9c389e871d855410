// Node: threads of node:worker_threads, with the name that a script has for itself in a web worker.

import { Worker } from "node:worker_threads";
import type { SpawnWorker } from "../workers.ts";

const PRELUDE = 'const self = require("node:worker_threads").parentPort;';

export const nodeWorker: SpawnWorker = (script) => {
  const worker = new Worker(`${PRELUDE}\n${script}`, { eval: true });
  return {
    post: (message) => worker.postMessage(message),
    listen(onMessage, onError) {
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.on("exit", (code) => onError(new Error(`a thread ended with code ${code}`)));
    },
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
};
