import { setTimeout as delay } from "node:timers/promises";
import { decodeJwt } from "jose";
import { z } from "zod";

const eventsFault = z.strictObject({
  /** HTTP status to answer a pushed event with; nothing is stored then. */
  status: z.number().int().min(400).max(599).optional(),
  /** How long an event waits before anything is done. */
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** The connection is closed without an answer, as of a bank that is away; nothing is stored then. */
  cut: z.boolean().optional(),
  /** Events about this subject alone; about anybody when absent. */
  subject: z.string().min(1).optional(),
  /** How many events it is for; all when absent. */
  times: z.number().int().min(1).optional(),
});

/** Body of `POST /control/faults`. `down` plays the bank away: events find nobody, and no work is done. */
export const faultsSchema = z.strictObject({ events: eventsFault.optional(), down: z.boolean().optional() });

/** Faults switched on by a test. */
export class Faults {
  #plan: z.infer<typeof faultsSchema> = {};
  /** Called when what is set has changed. */
  onChange: () => void = () => {};

  get down(): boolean {
    return this.#plan.down === true;
  }

  current(): z.infer<typeof faultsSchema> {
    return this.#plan;
  }

  /** Adds to what is set; a kind named again is replaced. */
  set(plan: z.infer<typeof faultsSchema>): void {
    this.#plan = { ...this.#plan, ...plan };
    this.onChange();
  }

  clear(): void {
    this.#plan = {};
    this.onChange();
  }

  /** Waits if a pushed event is to wait. Returns the status to refuse it with, or that it is to be cut off, if any. */
  async meetEvent(set: unknown): Promise<number | "cut" | undefined> {
    const { events } = this.#plan;
    if (!events || (events.subject !== undefined && events.subject !== subjectOf(set))) return undefined;
    if (events.times !== undefined) {
      events.times -= 1;
      if (events.times === 0) this.#plan = { ...this.#plan, events: undefined };
    }
    if (events.delayMs) await delay(events.delayMs, undefined, { ref: false });
    return events.cut ? "cut" : events.status;
  }
}

/** Whom a token names, verified or not: a fault asks for no more. */
function subjectOf(set: unknown): string | undefined {
  try {
    return z.object({ sub_id: z.object({ id: z.string() }) }).parse(decodeJwt(String(set))).sub_id.id;
  } catch {
    return undefined;
  }
}
