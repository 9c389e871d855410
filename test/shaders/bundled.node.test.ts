// What a bundle carries of a shader says the same as the file.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withoutComments } from "../../tools/shader-text.mjs";

const folder = new URL("../../shaders/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".wgsl"));

const words = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => (/\/\/ @/.test(line) ? line : line.replace(/\/\/.*$/, "")).trimEnd())
    .filter((line) => line !== "");

test.each(files)("%s loses its comments and nothing else", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  const short = withoutComments(text);
  expect(short.length).toBeLessThan(text.length);
  expect(short.split("\n")).toEqual(words(text));
  expect(short).not.toMatch(/\/\/ (?!@)/);
});
