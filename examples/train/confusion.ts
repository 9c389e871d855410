// A confusion matrix as text.

import { confusionMatrix, type HostTensor } from "chainrule";

/**
 * A line for each true class, a column for each predicted one, and the share that was right; zeros are dots. Predictions
 * are (N, classes), labels (N).
 */
export function confusionTable(predictions: HostTensor, labels: HostTensor): string {
  const counts = confusionMatrix(predictions, labels);
  const classes = counts.map((_, label) => String(label));
  const width = Math.max(...counts.flat().map((count) => String(count).length), String(counts.length).length);
  const row = (head: string, cells: readonly string[], share: string): string =>
    `${head.padStart(6)}  ${cells.map((cell) => cell.padStart(width + 1)).join("")}  ${share.padStart(8)}`;
  const lines = counts.map((line, label) => {
    const all = line.reduce((sum, count) => sum + count, 0);
    const share = all === 0 ? "none" : `${((100 * (line[label] ?? 0)) / all).toFixed(1)} %`;
    const cells = line.map((count) => (count === 0 ? "·" : String(count)));
    return row(String(label), cells, share);
  });
  return [
    "confusion matrix of the test images: a row for each true class, a column for each predicted one",
    row("", classes, "right"),
    ...lines,
  ].join("\n");
}
