import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { HttpRefusal } from "../http.ts";

const fault = z.strictObject({
  /** HTTP status to answer with instead of an answer. */
  status: z.number().int().min(400).max(599).optional(),
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** How many calls it is for; all when absent. */
  times: z.number().int().min(1).optional(),
});

/** Body of `POST /control/faults`. `crl.stale` serves the list of the day before, as happens during the swap. */
export const faultsSchema = z.strictObject({
  ocsp: fault.optional(),
  linkage: fault.optional(),
  crl: fault.extend({ stale: z.boolean().optional() }).optional(),
});

type Plan = z.infer<typeof faultsSchema>;

/** Faults switched on by a test. */
export class Faults {
  #plan: Plan = {};

  /** Adds to what is set; a kind named again is replaced. */
  set(plan: Plan): void {
    this.#plan = { ...this.#plan, ...plan };
  }

  clear(): void {
    this.#plan = {};
  }

  current(): Plan {
    return this.#plan;
  }

  /** Does to this call what is set for its kind: waits, throws, or returns what is left to do. */
  async meet<K extends keyof Plan>(kind: K): Promise<NonNullable<Plan[K]> | undefined> {
    const set = this.#plan[kind];
    if (!set) return undefined;
    if (set.times !== undefined) {
      set.times -= 1;
      if (set.times === 0) this.#plan = { ...this.#plan, [kind]: undefined };
    }
    if (set.delayMs) await delay(set.delayMs);
    if (set.status === undefined) return set;
    throw new HttpRefusal(
      set.status,
      "FAULT_SET",
      "This fault was set over the control interface.",
      "Try again, or lift it with DELETE /control/faults.",
    );
  }
}
