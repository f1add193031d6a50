import { setTimeout as delay } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../http.ts";
import { refusal, refusalCodes } from "./refusals.ts";

const fault = z.strictObject({
  /** HTTP status to return instead of an answer. */
  status: z.number().int().min(400).max(599).optional(),
  /** Refusal of J-LIS to return instead of an answer. */
  refusal: z.enum(refusalCodes).optional(),
  /** How long the call waits before anything else. */
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** The call is processed and billed, but not answered: the connection is closed after this long. */
  hangMs: z.number().int().min(0).max(120_000).optional(),
  /** The number of calls affected; default: all. */
  times: z.number().int().min(1).optional(),
});

/** Body of `POST /control/faults`. `crl.stale` serves the list of the day before, as during the swap. */
export const faultsSchema = z.strictObject({
  ocsp: fault.optional(),
  linkage: fault.optional(),
  consents: fault.optional(),
  attributes: fault.optional(),
  crl: fault.extend({ stale: z.boolean().optional() }).optional(),
});

type Plan = z.infer<typeof faultsSchema>;

/** Faults switched on by a test. */
export class Faults {
  #plan: Plan = {};
  readonly #withheld = new WeakMap<FastifyReply, number>();

  /** Adds to the set faults; a repeated kind replaces the earlier one. */
  set(plan: Plan): void {
    this.#plan = { ...this.#plan, ...plan };
  }

  clear(): void {
    this.#plan = {};
  }

  current(): Plan {
    return this.#plan;
  }

  /** Applies the fault of its kind to this call: waits, throws, or returns the remaining effects. */
  async meet<K extends keyof Plan>(kind: K, reply: FastifyReply): Promise<NonNullable<Plan[K]> | undefined> {
    const set = this.#plan[kind];
    if (!set) return undefined;
    if (set.times !== undefined) {
      set.times -= 1;
      if (set.times === 0) this.#plan = { ...this.#plan, [kind]: undefined };
    }
    if (set.hangMs !== undefined) this.#withheld.set(reply, set.hangMs);
    if (set.delayMs) await delay(set.delayMs, undefined, { ref: false });
    if (set.refusal !== undefined) throw refusal(set.refusal);
    if (set.status === undefined) return set;
    throw new HttpRefusal(
      set.status,
      "FAULT_SET",
      "This fault was set over the control interface.",
      "Try again, or lift it with DELETE /control/faults.",
    );
  }

  /** Called with every answer before it is sent: withholds those that are to hang. */
  async withhold(reply: FastifyReply): Promise<void> {
    const hangMs = this.#withheld.get(reply);
    if (hangMs === undefined) return;
    await delay(hangMs, undefined, { ref: false });
    reply.raw.destroy();
  }
}
