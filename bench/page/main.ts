// The page that measures one training: the program outside opens it, calls `measureTask` and closes it.

import { factsOf } from "../adapter_facts.ts";
import { workOn, type Outcome, type Task } from "../work.ts";
import { pageCatalogue } from "./catalogue.ts";

declare global {
  var measureTask: (task: Task) => Promise<Outcome>;
}

globalThis.measureTask = async (task) => {
  if (task.on === "cpu") return workOn(task, pageCatalogue, undefined);
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("bench: this browser has no WebGPU adapter");
  return workOn(task, pageCatalogue, factsOf(adapter, "the one that the browser gives"));
};
