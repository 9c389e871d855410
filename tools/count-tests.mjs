// Prints "N passed, N failed" from vitest's JSON report. A file that could not run at all counts as one failure.
import { readFileSync } from "node:fs";

const [file = ""] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
if (text === "") throw new Error("the test run left no report: it crashed, hung or did not start");

/** @type {{ numPassedTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} */
const report = JSON.parse(text);
let failed = 0;
for (const { status, assertionResults } of report.testResults) {
  const tests = assertionResults.filter((t) => t.status === "failed").length;
  failed += status === "failed" ? Math.max(1, tests) : tests;
}
console.log(`${report.numPassedTests} passed, ${failed} failed`);
