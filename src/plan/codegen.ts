// From a (fused) node to its kernel: the shader of an anchor or of rows with its slots filled by the maps around, or the
// elementwise shader where there is neither. Equal layers give equal text: one pipeline.

import elementwiseText from "../../shaders/elementwise.wgsl?raw";
import { LimitError } from "../core/errors.ts";
import { sizeOf } from "../core/shape.ts";
import type { Shader, Site, Template } from "../graph/kernel.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { rowsForm } from "../graph/rows.ts";
import { rowsTemplate } from "../ops/reduce_kernel.ts";
import { declareBinding, type Binding, type Kernel } from "./kernel.ts";
import { kernelScope, type KernelScope, type Placement } from "./kernel_scope.ts";
import { fillRows } from "./rows_writer.ts";
import { fillSegments, segmentsOf } from "./segments.ts";
import { siteWriter } from "./site_writer.ts";
import { fillStores } from "./stores.ts";

export const elementwiseShader: Shader = { name: "elementwise", text: elementwiseText };
/** Invocations of a workgroup; more of them where there are very many elements: a GPU starts only so many workgroups at a time. */
const LANES = 64;
const LANES_OF_MANY = 256;
const MANY = 2 ** 16;

/** A shader and, by its scope, the text of the slots that only it has. */
interface Filled {
  readonly template: Template;
  readonly fill: (scope: KernelScope) => Record<string, string>;
}

export function kernelOf(node: Node, placement: Placement, profile: Profile): Kernel {
  const { template, fill } = templateOf(node, profile);
  const { shader, constants, params, operands, workgroups, flops } = template;
  const scope = kernelScope(node, operands, placement);
  const slots = fill(scope);
  const own = operands.map(({ name, value }): Binding => ({ name, access: "read", value, part: true }));
  slots["bindings"] = scope.bindings
    .map((binding, i) => declareBinding(binding, own.length + 1 + i))
    .join("\n");
  slots["fields"] = scope.fields.map(({ name, type }) => `${name}: ${type},`).join("\n");
  slots["library"] = [...scope.libraries].join("\n");
  slots["prelude"] = scope.prelude.join("\n");
  const bindings = [...own, ...scope.bindings];
  checkBindings(scope.body, bindings.length, profile);
  const grid = fold(node, workgroups, profile);
  return { shader, constants, slots, bindings, params: [...params, ...scope.fields], grid, flops };
}

function templateOf(node: Node, profile: Profile): Filled {
  const body = node.body ?? [node];
  // A fused node has the id of its head, which is the anchor or an op of rows where there is one.
  const head = body.find(({ id }) => id === node.id);
  const form = head?.op.rows && rowsForm(body, () => true);
  if (form) {
    const template = rowsTemplate(form, profile);
    return { template, fill: (scope) => fillRows(scope, form, template) };
  }
  if (!head?.op.anchor) return mapsOf(node, profile);
  const template = head.op.anchor.template(head, body, profile);
  return { template, fill: (scope) => ({ ...fillOwn(scope, template), ...fillStores(scope, template) }) };
}

/** The slots that an anchor fills itself. */
const fillOwn = (scope: KernelScope, { fill }: Template): Readonly<Record<string, string>> =>
  fill?.({
    element: (value, at) => scope.element(value, at),
    computed: (value, at, known) => functionOf(scope, value, at, known),
    uniform: (value, type) => scope.field(value, type),
  }) ?? {};

function functionOf(scope: KernelScope, value: Value, at: string, known: Site["values"]): string {
  // Outside of the kernel's main function, where the scalars are.
  const site = siteWriter(scope, { expression: at }, known, { scalars: false });
  const text = site.element(value);
  return [...site.take(), `return ${text};`].join("\n");
}

function fold(node: Node, workgroups: number, { limits }: Profile): readonly [number, number] {
  const most = limits.maxComputeWorkgroupsPerDimension;
  const y = Math.max(1, Math.ceil(workgroups / most));
  if (y > most)
    throw new LimitError(
      `${node.op.name}: ${workgroups} workgroups exceed maxComputeWorkgroupsPerDimension (${most}) in two dimensions. Use a smaller batch.`,
    );
  return [Math.ceil(workgroups / y), y];
}

function checkBindings(body: readonly Node[], count: number, { limits }: Profile): void {
  const most = limits.maxStorageBuffersPerShaderStage;
  if (count > most)
    throw new LimitError(
      `${body.map(({ op }) => op.name).join("·")}: ${count} storage buffers exceed maxStorageBuffersPerShaderStage (${most}). Split the operation.`,
    );
}

/** A kernel of maps alone runs over the elements of its outputs; an effect's, over nothing but itself. */
function mapsOf(node: Node, { kind }: Profile): Filled {
  const body = node.body ?? [node];
  const segments = body.some(({ op }) => op.effect) ? [] : segmentsOf(node);
  const size = segments.reduce((sum, [first]) => sum + sizeOf(first?.shape ?? []), 0);
  const count = segments.length ? size : 1;
  const lanes = kind === "gpu" && count >= MANY ? LANES_OF_MANY : LANES;
  const template: Template = {
    shader: node.op.map?.shader ?? elementwiseShader,
    constants: { LANES: lanes },
    params: [{ name: "size", type: "u32", value: count }],
    operands: [],
    stores: [{ slot: "store", index: { expression: "index" }, values: [] }],
    workgroups: Math.ceil(count / lanes),
    flops: count * body.length,
  };
  return {
    template,
    fill: (scope) => (segments.length > 1 ? fillSegments(scope, segments) : fillStores(scope, template)),
  };
}
