// Work in a process of its own: it finds nothing compiled or pooled by what ran before, and a deadline can end it.

import { fork } from "node:child_process";

/**
 * Runs this program again as the worker for `flag`, on a task that survives JSON, and gives what it answers. Undefined
 * where the time, in milliseconds, was up first; throws where the worker failed. `title` names the task in that error.
 */
export async function runApart<Answer>(
  flag: string,
  task: unknown,
  limit: number,
  title: string,
): Promise<Answer | undefined> {
  const [, program = ""] = process.argv;
  const worker = fork(program, [flag, JSON.stringify(task)], {
    serialization: "advanced", // keeps NaN and undefined, which JSON does not
  });
  let answer: Answer | undefined;
  let late = false;
  worker.on("message", (message) => {
    answer = message as Answer;
  });
  const timer = Number.isFinite(limit)
    ? setTimeout(() => {
        late = true;
        worker.kill("SIGKILL");
      }, limit)
    : undefined;
  const code = await new Promise<number | null>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("close", resolve);
  });
  clearTimeout(timer);
  if (late || answer) return answer;
  throw new Error(`bench: the measurement of ${title} failed (exit code ${code})`);
}

/** In a worker for `flag`: does the work on its task, answers and gives true. Elsewhere gives false. */
export async function answerIfAsked<Task>(
  flag: string,
  work: (task: Task) => Promise<object>,
): Promise<boolean> {
  const at = process.argv.indexOf(flag);
  if (at < 0) return false;
  const answer = await work(JSON.parse(process.argv[at + 1] ?? "") as Task);
  await new Promise((sent) => process.send?.(answer, sent));
  process.disconnect();
  return true;
}
