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
  const filled = fillSlots(text.split("\n"), slots);
  const set = setConstants(filled, constants);
  return scalarize(unroll(set, constantsOf(set))).join("\n");
}

const slotAt = (line: string | undefined): string | undefined =>
  /^\s*\/\/ @slot (\w+)$/.exec(line ?? "")?.[1];
const isEnd = (line: string | undefined): boolean => /^\s*\/\/ @end$/.test(line ?? "");

function fillSlots(lines: readonly string[], slots: Readonly<Record<string, string>>): string[] {
  const out: string[] = [];
  const unused = new Set(Object.keys(slots));
  for (let i = 0; i < lines.length; i++) {
    const name = slotAt(lines[i]);
    if (name === undefined) {
      out.push(lines[i] ?? "");
      continue;
    }
    // A block only if an @end comes before the next slot.
    let end = i + 1;
    while (end < lines.length && !isEnd(lines[end]) && slotAt(lines[end]) === undefined) end++;
    const block = isEnd(lines[end]) ? lines.slice(i + 1, end) : [];
    unused.delete(name);
    const fill = slots[name];
    const indent = /^\s*/.exec(lines[i] ?? "")?.[0] ?? "";
    if (fill === undefined) out.push(...block);
    else if (fill !== "") out.push(...fill.split("\n").map((line) => indent + line));
    if (isEnd(lines[end])) i = end;
  }
  const missing = [...unused].filter((name) => slots[name] !== "");
  if (missing.length) throw new ChainruleError(`specialize: the shader has no slot ${missing.join(", ")}.`);
  return out;
}

const CONSTANT = /^const (\w+): u32 = (\d+)u; \/\/ @constant$/;

function setConstants(lines: readonly string[], constants: Readonly<Record<string, number>>): string[] {
  const unused = new Set(Object.keys(constants));
  const out = lines.map((line) => {
    const name = CONSTANT.exec(line)?.[1];
    if (name === undefined || constants[name] === undefined) return line;
    unused.delete(name);
    return `const ${name}: u32 = ${constants[name]}u; // @constant`;
  });
  if (unused.size)
    throw new ChainruleError(`specialize: the shader has no constant ${[...unused].join(", ")}.`);
  return out;
}

const constantsOf = (lines: readonly string[]): Map<string, number> =>
  new Map(
    lines.flatMap((line) => {
      const found = CONSTANT.exec(line);
      return found?.[1] === undefined ? [] : [[found[1], Number(found[2])] as const];
    }),
  );

const LOOP = /^(\s*)for \(var (\w+) = 0u; \w+ < (\w+); \w+\+\+\) \{ \/\/ @unroll$/;

function unroll(lines: readonly string[], constants: ReadonlyMap<string, number>): string[] {
  const out: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, indent, variable, limit] = LOOP.exec(lines[i] ?? "") ?? [];
    if (indent === undefined || variable === undefined || limit === undefined) {
      out.push(lines[i] ?? "");
      continue;
    }
    let end = i + 1;
    while (end < lines.length && lines[end] !== `${indent}}`) end++;
    const body = lines.slice(i + 1, end);
    const count = constants.get(limit) ?? Number.parseInt(limit, 10);
    if (!Number.isInteger(count))
      throw new ChainruleError(`specialize: the limit ${limit} of an unrolled loop is no constant.`);
    const counter = new RegExp(`\\b${variable}\\b`, "g");
    for (let step = 0; step < count; step++) {
      const once = body.map((line) => line.replace(counter, `${step}u`));
      out.push(`${indent}{`, ...unroll(once, constants), `${indent}}`);
    }
    i = end;
  }
  return foldConstants(out, constants);
}

/** Array lengths must be numbers for the last edit. */
const foldConstants = (lines: readonly string[], constants: ReadonlyMap<string, number>): string[] =>
  lines.map((line) =>
    line.endsWith("// @scalars")
      ? line.replace(/\b[A-Z]+\b/g, (name) => (constants.has(name) ? `${constants.get(name)}` : name))
      : line,
  );

const ARRAY = /^(\s*)var (\w+): array<(?:array<([\w<>]+), (\d+)>|([\w<>]+)), (\d+)>; \/\/ @scalars$/;

function scalarize(lines: readonly string[]): string[] {
  /** Of each array the number of its dimensions. */
  const dimensions = new Map<string, number>();
  const out = lines.flatMap((line) => {
    const [, indent, name, inner, columns, element, rows] = ARRAY.exec(line) ?? [];
    if (indent === undefined || name === undefined) return [line];
    dimensions.set(name, columns === undefined ? 1 : 2);
    const type = inner ?? element ?? "f32";
    return Array.from({ length: Number(rows) }, (_, i) =>
      columns === undefined
        ? [`${indent}var ${name}_${i}: ${type};`]
        : Array.from({ length: Number(columns) }, (_, j) => `${indent}var ${name}_${i}_${j}: ${type};`),
    ).flat();
  });
  if (dimensions.size === 0) return out;
  const use = new RegExp(`\\b(${[...dimensions.keys()].join("|")})\\[([^[\\]]+)\\](?:\\[(\\d+)u\\])?`, "g");
  return out.map((line) =>
    line.replace(use, (_, name: string, i: string, j: string | undefined) => {
      const first = `${name}_${literal(i)}`;
      if (j === undefined) return first;
      return dimensions.get(name) === 1 ? `${first}[${j}u]` : `${first}_${j}`;
    }),
  );
}

/** The value of an index without variables, as in `7u / 4u * 4u + 1u`: quotients and products before sums. */
function literal(index: string): number {
  const terms = index.split(" + ").map((term) => {
    const [first = "", ...rest] = term.split(" ");
    let value = Number.parseInt(first, 10);
    for (let i = 0; i < rest.length; i += 2) {
      const factor = Number.parseInt(rest[i + 1] ?? "", 10);
      value =
        rest[i] === "*" ? value * factor : rest[i] === "/" ? Math.floor(value / factor) : value % factor;
    }
    return value;
  });
  return terms.reduce((sum, term) => sum + term, 0);
}
