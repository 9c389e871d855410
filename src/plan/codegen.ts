// From a (fused) node to its kernel: the anchor's shader with its slots filled by the maps around it, or the elementwise
// shader where there is no anchor. Names count up in the order of use, so equal layers give equal text: one pipeline.

import elementwiseText from "../../shaders/elementwise.wgsl?raw";
import { LimitError } from "../core/errors.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import { producersOf } from "../graph/graph.ts";
import {
  elementText,
  type Operand,
  type Param,
  type Shader,
  type Site,
  type Template,
} from "../graph/kernel.ts";
import type { Node, Value } from "../graph/op.ts";
import type { Profile } from "../graph/profile.ts";
import { declareBinding, type Binding, type Kernel } from "./kernel.ts";
import { SiteWriter, type KernelScope } from "./site_writer.ts";

export const elementwiseShader: Shader = { name: "elementwise", text: elementwiseText };
const LANES = 64;

/** `overwrites`: output value id → the value, a state or a temporary, that it is written over. */
export function kernelOf(node: Node, overwrites: ReadonlyMap<number, Value>, profile: Profile): Kernel {
  return new KernelWriter(node, overwrites, profile).write();
}

class KernelWriter implements KernelScope {
  private readonly node: Node;
  private readonly body: readonly Node[];
  private readonly producers: Map<number, Node>;
  private readonly overwrites: ReadonlyMap<number, Value>;
  private readonly profile: Profile;
  private readonly template: Template;
  private readonly bindings = new Map<number, Binding>();
  private readonly fields: Param[] = [];
  private readonly libraries = new Set<string>();
  private readonly prelude: string[] = [];
  private readonly scalars = new Map<number, string>();
  private names = 0;

  constructor(node: Node, overwrites: ReadonlyMap<number, Value>, profile: Profile) {
    this.node = node;
    this.body = node.body ?? [node];
    this.producers = producersOf(this.body);
    this.overwrites = overwrites;
    this.profile = profile;
    // A fused node has the id of its head, which is the anchor where there is one.
    const head = this.body.find(({ id }) => id === node.id);
    this.template = head?.op.anchor?.template(head, this.body, profile) ?? mapsTemplate(node);
  }

  write(): Kernel {
    const { shader, constants, params, operands, load, stores, fill, workgroups, flops } = this.template;
    const slots: Record<string, string> = {
      ...fill?.({
        element: (value, at) => this.element(value, at),
        uniform: (value, type) => this.field(value, type),
      }),
    };
    if (load) {
      const site = new SiteWriter(this, load.index, []);
      const value = site.element(load.value);
      slots[load.slot] = [...site.lines, `let value = ${value};`].join("\n");
    }
    const outputs = this.node.outputs.filter(({ id }) => !this.effectOf(id));
    for (const store of stores) {
      const site = new SiteWriter(this, store.index, store.values);
      const here = outputs.filter((value) => this.siteOf(value) === store);
      const results = here.map((value) => [value, site.element(value)] as const);
      const effects = this.body.filter(({ op }) => op.effect !== undefined && sizeOf(siteShape(store)) === 1);
      const statements = effects.map((effect) => site.statements(effect));
      // Every element is computed before any is written, so that a state may be overwritten where it was read.
      const writes = results.map(
        ([value, text]) => `${this.output(value)}[${store.index.expression}] = ${text};`,
      );
      slots[store.slot] = [...site.lines, ...writes, ...statements].join("\n");
    }
    const extra = [...this.bindings.values()];
    const operandBindings = operands.map(({ name, value }): Binding => ({ name, access: "read", value }));
    slots["bindings"] = extra
      .map((binding, i) => declareBinding(binding, operands.length + 1 + i))
      .join("\n");
    slots["fields"] = this.fields.map(({ name, type }) => `${name}: ${type},`).join("\n");
    slots["library"] = [...this.libraries].join("\n");
    slots["prelude"] = this.prelude.join("\n");
    const bindings = [...operandBindings, ...extra];
    this.checkBindings(bindings.length);
    return {
      shader,
      constants,
      slots,
      bindings,
      params: [...params, ...this.fields],
      grid: this.fold(workgroups),
      flops,
    };
  }

  producer(value: Value): Node | undefined {
    return this.producers.get(value.id);
  }

  use(library: string | undefined): void {
    if (library !== undefined) this.libraries.add(library.trim());
  }

  field(value: number, type: "u32" | "i32" | "f32"): string {
    const name = `f${this.fields.length}`;
    this.fields.push({ name, type, value });
    return `params.${name}`;
  }

  freshName(): string {
    return `v${this.names++}`;
  }

  element(value: Value, at: string): string {
    const operand = this.operandOf(value);
    return elementText(value.dtype, operand?.name ?? this.input(value), at, operand?.vectors);
  }

  /** The binding of a value that is read. What this kernel overwrites is bound once, for both. */
  private input(value: Value): string {
    const replaced = this.node.outputs.some(({ id }) => this.overwrites.get(id)?.id === value.id);
    return this.bind(value, replaced ? "read_write" : "read", replaced ? "inout" : "in");
  }

  /** What the shader binds itself is not bound again. */
  private operandOf(value: Value): Operand | undefined {
    return this.template.operands.find((other) => other.value.id === value.id);
  }

  /** A scalar is read once, before any loop. */
  scalar(value: Value): string {
    let name = this.scalars.get(value.id);
    if (name === undefined) {
      name = `s${this.scalars.size}`;
      this.scalars.set(value.id, name);
      this.prelude.push(`let ${name} = ${this.element(value, "0u")};`);
    }
    return name;
  }

  output(value: Value): string {
    const replaced = this.overwrites.get(value.id);
    return replaced ? this.bind(replaced, "read_write", "inout") : this.bind(value, "read_write", "out");
  }

  private bind(value: Value, access: Binding["access"], prefix: string): string {
    const known = this.bindings.get(value.id);
    if (known) return known.name;
    const name = `${prefix}${this.bindings.size}`;
    this.bindings.set(value.id, { name, access, value });
    return name;
  }

  private effectOf(id: number): Node | undefined {
    const producer = this.producers.get(id);
    return producer?.op.effect ? producer : undefined;
  }

  /** The store at which an output is computed: that of the anchor's value it depends on, else one of its shape. */
  private siteOf(value: Value): Site | undefined {
    const seeds = new Map(
      this.template.stores.flatMap((site) => site.values.map(([{ id }]) => [id, site] as const)),
    );
    const search = (from: Value): Site | undefined => {
      const seed = seeds.get(from.id);
      if (seed) return seed;
      for (const input of this.producers.get(from.id)?.inputs ?? []) {
        const found = search(input);
        if (found) return found;
      }
      return undefined;
    };
    return (
      search(value) ??
      this.template.stores.find((site) => sameShape(siteShape(site), value.shape)) ??
      this.template.stores[0]
    );
  }

  private fold(workgroups: number): readonly [number, number] {
    const most = this.profile.limits.maxComputeWorkgroupsPerDimension;
    const y = Math.max(1, Math.ceil(workgroups / most));
    if (y > most)
      throw new LimitError(
        `${this.node.op.name}: ${workgroups} workgroups exceed maxComputeWorkgroupsPerDimension (${most}) in two dimensions. Use a smaller batch.`,
      );
    return [Math.ceil(workgroups / y), y];
  }

  private checkBindings(count: number): void {
    const most = this.profile.limits.maxStorageBuffersPerShaderStage;
    if (count > most)
      throw new LimitError(
        `${this.body.map(({ op }) => op.name).join("·")}: ${count} storage buffers exceed maxStorageBuffersPerShaderStage (${most}). Split the operation.`,
      );
  }
}

const siteShape = (site: Site): readonly number[] => site.values[0]?.[0].shape ?? [];

/** A kernel of maps alone runs over the elements of its outputs, which share a shape. */
function mapsTemplate(node: Node): Template {
  const body = node.body ?? [node];
  const effect = body.find(({ op }) => op.effect);
  const shape = effect ? [] : (node.outputs[0]?.shape ?? []);
  const size = sizeOf(shape);
  return {
    shader: node.op.map?.shader ?? elementwiseShader,
    constants: {},
    params: [{ name: "size", type: "u32", value: size }],
    operands: [],
    stores: [{ slot: "store", index: { expression: "index" }, values: [] }],
    workgroups: Math.ceil(size / LANES),
    flops: size * body.length,
  };
}
