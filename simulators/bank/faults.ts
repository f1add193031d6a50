import { setTimeout as delay } from "node:timers/promises";
import { decodeJwt } from "jose";
import { z } from "zod";

const eventsFault = z.strictObject({
  /** HTTP status with which a pushed event is refused; it is not stored. */
  status: z.number().int().min(400).max(599).optional(),
  /** How long an event waits before anything else. */
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** The connection is closed without an answer, as if the bank were down; nothing is stored. */
  cut: z.boolean().optional(),
  /** Only events about this subject; default: all. */
  subject: z.string().min(1).optional(),
  /** The number of events affected; default: all. */
  times: z.number().int().min(1).optional(),
});

/** Body of `POST /control/faults`. `down` simulates an outage: events are not answered, and no work is done. */
export const faultsSchema = z.strictObject({ events: eventsFault.optional(), down: z.boolean().optional() });

/** Faults switched on by a test. */
export class Faults {
  #plan: z.infer<typeof faultsSchema> = {};
  /** Called when the set of faults has changed. */
  onChange: () => void = () => {};

  get down(): boolean {
    return this.#plan.down === true;
  }

  current(): z.infer<typeof faultsSchema> {
    return this.#plan;
  }

  /** Adds to the set faults; a repeated kind replaces the earlier one. */
  set(plan: z.infer<typeof faultsSchema>): void {
    this.#plan = { ...this.#plan, ...plan };
    this.onChange();
  }

  clear(): void {
    this.#plan = {};
    this.onChange();
  }

  /** Waits if a pushed event is to be delayed. Returns the status to refuse it with, or "cut" to close the connection. */
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

/** The subject of a token, verified or not, which is enough for a fault. */
function subjectOf(set: unknown): string | undefined {
  try {
    return z.object({ sub_id: z.object({ id: z.string() }) }).parse(decodeJwt(String(set))).sub_id.id;
  } catch {
    return undefined;
  }
}
