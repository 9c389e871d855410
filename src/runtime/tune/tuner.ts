// Chooses the kernels of products by measuring them on the device at hand, each product once, and remembers.

import { version } from "../../core/version.ts";
import type { Profile } from "../../graph/profile.ts";
import { choiceName } from "../../ops/matmul_candidates.ts";
import type { MatmulChoice } from "../../ops/matmul_choice.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Device, Tuner } from "../device.ts";
import type { TextStorage } from "../storage.ts";
import { measureProducts } from "./measure.ts";
import { productsOf, type PlannedProduct } from "./products.ts";
import { TunedStore, type KernelNames } from "./tuned_store.ts";

export class ProductTuner implements Tuner {
  private readonly device: Device;
  private readonly store: TunedStore;
  private readonly known = new Map<string, MatmulChoice>();
  private stored: Promise<KernelNames> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(device: Device, storage: TextStorage | undefined) {
    const { name, kind, subgroups } = device.profile;
    this.device = device;
    this.store = new TunedStore(
      storage,
      `chainrule ${version} kernels ${name} ${kind}${subgroups ? " subgroups" : ""}`,
    );
  }

  /** One after the other: programs that are compiled at the same time would disturb each other's times. */
  tune(plan: Plan, replan: (profile: Profile) => Plan): Promise<Profile | undefined> {
    const next = this.last.then(() => this.tuneNext(plan, replan));
    this.last = next.catch(() => undefined);
    return next;
  }

  private async tuneNext(plan: Plan, replan: (profile: Profile) => Plan): Promise<Profile | undefined> {
    const products = productsOf(plan);
    if (products.length === 0) return undefined;
    this.stored ??= this.store.read();
    for (const product of products) this.recall(product, await this.stored);
    const open = products.filter(({ key }) => !this.known.has(key));
    if (open.length) {
      const found = await measureProducts(this.device, open, replan);
      for (const [key, choice] of found) this.known.set(key, choice);
      const names = [...found].map(([key, choice]) => [key, choiceName(choice)] as const);
      await this.store.add(Object.fromEntries(names));
    }
    const tuned = products.flatMap(({ key }) => {
      const choice = this.known.get(key);
      return choice ? [[key, choice] as const] : [];
    });
    return { ...this.device.profile, tuned: Object.fromEntries(tuned) };
  }

  /** Takes what is stored for a product where it names one of its candidates. */
  private recall({ key, candidates }: PlannedProduct, names: KernelNames): void {
    const name = Object.hasOwn(names, key) ? names[key] : undefined;
    if (name === undefined || this.known.has(key)) return;
    const choice = candidates.find((candidate) => choiceName(candidate) === name);
    if (choice) this.known.set(key, choice);
    else
      this.store.warn(
        `storage names "${name}" for ${key}, which is none of its kernels. It is measured again.`,
      );
  }
}
