// A line chart that grows as numbers arrive, in the page's own colours.

import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface ChartOptions {
  /** A CSS variable for each line, such as `--first`. */
  readonly lines: readonly string[];
  /** The range of y at the least; it grows with the data. */
  readonly y: readonly [number, number];
}

/** The x axis is as long as this from the start, so that it seldom jumps. */
const LEAST_EPOCHS = 10;

export class LineChart {
  private readonly xs: number[] = [];
  private readonly ys: (number | null)[][];
  private readonly plot: UPlot;

  constructor(container: HTMLElement, { lines, y }: ChartOptions) {
    this.ys = lines.map(() => []);
    const color = (name: string) => () => getComputedStyle(container).getPropertyValue(name);
    const axis: UPlot.Axis = {
      stroke: color("--quiet"),
      font: `12px ${getComputedStyle(container).fontFamily}`,
      grid: { stroke: color("--line"), width: 1 },
      ticks: { show: false },
    };
    this.plot = new UPlot(
      {
        width: container.clientWidth,
        height: container.clientHeight,
        padding: [8, 16, 0, 0], // on the right, half of the last number below
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: (_, _low, high) => [0, Math.max(LEAST_EPOCHS, high)] },
          y: { range: (_, _low, high) => [y[0], Math.max(y[1], high ?? 0)] },
        },
        axes: [
          { ...axis, size: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
          { ...axis, size: 40 },
        ],
        series: [
          {},
          ...lines.map((name): UPlot.Series => ({
            stroke: color(name),
            width: 2,
            spanGaps: true,
            points: { show: false },
          })),
        ],
      },
      this.data(),
      container,
    );
    new ResizeObserver(() =>
      this.plot.setSize({ width: container.clientWidth, height: container.clientHeight }),
    ).observe(container);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.plot.redraw(false));
  }

  /** Adds a value to each line at x, which never decreases; null where a line has none there. */
  add(x: number, values: readonly (number | null)[]): void {
    this.xs.push(x);
    this.ys.forEach((line, i) => line.push(values[i] ?? null));
    this.plot.setData(this.data());
  }

  clear(): void {
    this.xs.length = 0;
    for (const line of this.ys) line.length = 0;
    this.plot.setData(this.data());
  }

  private data(): UPlot.AlignedData {
    return [this.xs, ...this.ys];
  }
}
