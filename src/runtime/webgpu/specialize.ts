// Three mechanical edits turn a shader as it lies on disk into the one that runs: slots are filled, constants are set,
// and loops marked `// @unroll` are written out, while arrays marked `// @scalars` become one variable an element. The
// last edit is worth a factor of 6 on a software adapter, whose compiler keeps indexed arrays in memory.

import { ChainruleError } from "../../core/errors.ts";

export interface Specialization {
  /** Text for each `// @slot name` … `// @end` block, or for a `// @slot name` line without one. */
  readonly slots: Readonly<Record<string, string>>;
  /** Values for lines `const NAME: u32 = 1u; // @constant`. */
  readonly constants: Readonly<Record<string, number>>;
}

export function specialize(text: string, { slots, constants }: Specialization): string {
  const set = setConstants(fillSlots(`${text}\n`, slots), constants);
  const known = new Map([...set.matchAll(CONSTANT)].map(([, name, value]) => [name, Number(value)]));
  const numberOf: NumberOf = (word) => known.get(word) ?? Number.parseInt(word, 10);
  return scalarize(unroll(set, numberOf), numberOf).slice(0, -1);
}

/** What a constant, or a number, is. */
type NumberOf = (word: string) => number;

// A block only if an @end comes before the next slot.
const SLOT = /^( *)\/\/ @slot (\w+)\n(?:((?:(?! *\/\/ @).*\n)*) *\/\/ @end\n)?/gm;

function fillSlots(text: string, slots: Readonly<Record<string, string>>): string {
  const missing = Object.keys(slots).filter((name) => slots[name] && !text.includes(`// @slot ${name}\n`));
  if (missing.length) throw new ChainruleError(`specialize: the shader has no slot ${missing.join(", ")}.`);
  return text.replace(SLOT, (_, indent: string, name: string, block = "") => {
    const fill = slots[name];
    return fill === undefined ? block : fill && `${fill.replace(/^/gm, indent)}\n`;
  });
}

const CONSTANT = /^const (\w+): u32 = (\d+)u; \/\/ @constant$/gm;

function setConstants(text: string, constants: Readonly<Record<string, number>>): string {
  const unused = new Set(Object.keys(constants));
  const set = text.replace(CONSTANT, (line, name: string, value: string) => {
    unused.delete(name);
    return line.replace(`${value}u;`, `${constants[name] ?? value}u;`);
  });
  if (unused.size)
    throw new ChainruleError(`specialize: the shader has no constant ${[...unused].join(", ")}.`);
  return set;
}

const LOOP = /^( *)for \(var (\w+) = 0u; \w+ < (\w+); \w+\+\+\) \{ \/\/ @unroll\n([^]*?)^\1\}\n/gm;

function unroll(text: string, numberOf: NumberOf): string {
  return text.replace(LOOP, (_, indent: string, variable: string, limit: string, body: string) => {
    const count = numberOf(limit);
    if (Number.isNaN(count))
      throw new ChainruleError(`specialize: the limit ${limit} of an unrolled loop is no constant.`);
    const counter = new RegExp(`\\b${variable}\\b`, "g");
    const once = (step: number): string => unroll(body.replace(counter, `${step}u`), numberOf);
    return Array.from({ length: count }, (_, step) => `${indent}{\n${once(step)}${indent}}\n`).join("");
  });
}

const ARRAY = /^( *)var (\w+): array<(?:array<)?([\w<>]+?)(?:, (\w+)>)?, (\w+)>; \/\/ @scalars\n/gm;

function scalarize(text: string, numberOf: NumberOf): string {
  /** Of each array, whether it has two dimensions. */
  const nested = new Map<string, boolean>();
  const numbers = (length: string): number[] => [...Array(numberOf(length)).keys()];
  const declared = text.replace(ARRAY, (_, indent, name: string, type, columns: string | undefined, rows) => {
    nested.set(name, columns !== undefined);
    const cells = numbers(rows).flatMap((i) =>
      columns === undefined ? [`${i}`] : numbers(columns).map((j) => `${i}_${j}`),
    );
    return cells.map((cell) => `${indent}var ${name}_${cell}: ${type};\n`).join("");
  });
  if (nested.size === 0) return declared;
  const use = new RegExp(`\\b(${[...nested.keys()].join("|")})\\[([^[\\]]+)\\](?:\\[(\\d+)u\\])?`, "g");
  return declared.replace(use, (_, name: string, i: string, j: string | undefined) => {
    const element = `${name}_${valueOf(i)}`;
    if (j === undefined) return element;
    return nested.get(name) ? `${element}_${j}` : `${element}[${j}u]`;
  });
}

/** Of an index without variables, as in `7u / 4u * 4u + 1u`: products before sums. */
const valueOf = (index: string): number =>
  index.split(" + ").reduce((sum, term) => {
    const [first = "", ...rest] = term.split(" ");
    let value = Number.parseInt(first, 10);
    for (let i = 0; i < rest.length; i += 2) {
      const factor = Number.parseInt(rest[i + 1] ?? "", 10);
      if (rest[i] === "*") value *= factor;
      else if (rest[i] === "/") value = Math.floor(value / factor);
      else value %= factor;
    }
    return sum + value;
  }, 0);
