// A measurement of one training in a process of its own.

import { adapterFor } from "./adapter.ts";
import { answerIfAsked, runApart } from "./apart.ts";
import { nodeCatalogue } from "./contenders/node.ts";
import { titleOf } from "./nets.ts";
import { workOn, type Measurer, type Task } from "./work.ts";

/** The argument that makes the program a worker. */
const WORKER = "--worker";

export const processes: Measurer = {
  measure: (task, limit) => runApart(WORKER, task, limit, titleOf(task.training)),
  runtime: () => `Node ${process.version}`,
  close: async () => {},
};

/** In a worker: measures, sends the outcome and gives true. Elsewhere gives false. */
export const workIfAsked = (): Promise<boolean> =>
  answerIfAsked(WORKER, async (task: Task) => workOn(task, nodeCatalogue, await adapterFor(task.on)));
