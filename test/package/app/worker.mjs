// A worker of a page, or of Node, that trains when it is sent the digits.

import { trainDigits } from "./digits.mjs";

/** @param {Uint8Array} bytes */
const train = (bytes) => trainDigits(bytes).catch((error) => ({ error: String(error) }));

/** @param {(result: unknown) => void} send */
const answer = (send) => /** @param {Uint8Array} bytes */ (bytes) => void train(bytes).then(send);

if (typeof self === "undefined") {
  const { parentPort } = await import("node:worker_threads");
  parentPort?.on(
    "message",
    answer((result) => parentPort.postMessage(result)),
  );
} else {
  const reply = answer((result) => self.postMessage(result));
  self.onmessage = ({ data }) => reply(data);
}
