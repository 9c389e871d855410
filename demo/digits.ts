// The digits that the page shows, each with the network's guess.

import type { Dataset } from "chainrule";

const SIDE = 8;

export class DigitGallery {
  private readonly guesses: readonly HTMLElement[];
  private readonly labels: readonly number[];

  /** Draws every example of the set into the list, as an item of its own. */
  constructor(list: HTMLElement, { x, labels, scale = 1 }: Dataset) {
    this.labels = Array.from(labels?.data ?? []);
    this.guesses = this.labels.map((label, row) => {
      const item = list.appendChild(document.createElement("li"));
      const bytes = x.data.subarray(row * SIDE * SIDE, (row + 1) * SIDE * SIDE);
      item.append(
        drawDigit(
          Array.from(bytes, (ink) => ink * scale),
          label,
        ),
      );
      const guess = item.appendChild(document.createElement("span"));
      guess.className = "guess";
      guess.textContent = "–";
      return guess;
    });
  }

  /** One class for each example; undefined clears them. */
  show(classes: ArrayLike<number> | undefined): void {
    this.guesses.forEach((element, i) => {
      const guess = classes?.[i];
      const right = guess === this.labels[i];
      element.textContent = guess === undefined ? "–" : String(guess);
      element.className = guess === undefined ? "guess" : `guess ${right ? "right" : "wrong"}`;
      element.title = guess === undefined ? "" : right ? "right" : `wrong: it is ${this.labels[i]}`;
    });
  }
}

/** Ink from 0 to 1, as grey on white. */
function drawDigit(ink: ArrayLike<number>, label: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.role = "img";
  canvas.ariaLabel = `handwritten ${label}`;
  const context = canvas.getContext("2d");
  const image = new ImageData(SIDE, SIDE);
  for (let i = 0; i < ink.length; i++) {
    const grey = 255 * (1 - (ink[i] ?? 0));
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  context?.putImageData(image, 0, 0);
  return canvas;
}
