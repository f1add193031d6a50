import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";

const eventsFault = z.strictObject({
  /** HTTP status to answer a pushed event with; nothing is stored then. */
  status: z.number().int().min(400).max(599).optional(),
  /** How long an event waits before anything is done. */
  delayMs: z.number().int().min(0).max(120_000).optional(),
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

  /** Waits if a pushed event is to wait. Returns the status to refuse it with, if any. */
  async meetEvent(): Promise<number | undefined> {
    const { events } = this.#plan;
    if (!events) return undefined;
    if (events.times !== undefined) {
      events.times -= 1;
      if (events.times === 0) this.#plan = { ...this.#plan, events: undefined };
    }
    if (events.delayMs) await delay(events.delayMs, undefined, { ref: false });
    return events.status;
  }
}
