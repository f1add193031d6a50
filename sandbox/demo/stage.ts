import { z } from "zod";
import { simulatorMs } from "../devices/patience.ts";
import type { SimulatedCard } from "../devices/simulated-card.ts";

/** Calls that J-LIS bills for. Consents and CRLs are free. */
const billing = z.looseObject({ ocsp: z.number(), linkage: z.number(), attributes: z.number() });

/** One line of `story.json`. */
export interface StoryLine {
  /** Stable id of the step. */
  step: string;
  ok: boolean;
  ms: number;
  /** Activations of the card in this step alone. */
  taps: number;
  /** The results; `paidCalls` are those billed by J-LIS in this step. */
  detail: Record<string, unknown>;
}

/** Runs the steps of the story, prints each with its time, and counts taps. */
export class Stage {
  readonly story: StoryLine[] = [];
  readonly #card: SimulatedCard;
  readonly #say: (line: string) => void;
  readonly #jlis: string;

  constructor(card: SimulatedCard, say: (line: string) => void, jlis: string) {
    this.#card = card;
    this.#say = say;
    this.#jlis = jlis;
  }

  /**
   * Plays one step. It succeeds if `act` returns `ok`; if it throws it is reported as failed, and so are the later steps that
   * depend on it, so that the story ends with a report.
   */
  async play(
    step: string,
    title: string,
    act: () => Promise<{ ok: boolean; [detail: string]: unknown }>,
  ): Promise<void> {
    const before = await this.#card.counters();
    const billedBefore = await this.#paidCalls();
    const started = performance.now();
    const { ok, ...detail } = await act().catch((error: unknown) => ({
      ok: false,
      error: (error as Error).message,
    }));
    const ms = Math.round(performance.now() - started);
    const after = await this.#card.counters();
    const taps = after.activations - before.activations;
    const signatures = after.signatures - before.signatures;
    const paid = await this.#paidCalls();
    const paidCalls = {
      ocsp: paid.ocsp - billedBefore.ocsp,
      linkage: paid.linkage - billedBefore.linkage,
      attributes: paid.attributes - billedBefore.attributes,
    };
    this.story.push({
      step,
      ok,
      ms,
      taps,
      detail: { ...detail, ...(signatures > 0 ? { signatures } : {}), paidCalls },
    });
    const counted = [
      ...(taps > 0 ? [`${taps} tap${taps === 1 ? "" : "s"}, ${signatures} signatures`] : []),
      ...Object.entries(paidCalls)
        .filter(([, calls]) => calls > 0)
        .map(([kind, calls]) => `J-LIS: ${calls} ${kind}`),
    ]
      .map((part) => `  ${part}`)
      .join("");
    this.#say(`  ${ok ? "✓" : "✗"} ${step.padEnd(18)} ${String(ms).padStart(6)} ms  ${title}${counted}`);
    if (!ok) this.#say(`      ${JSON.stringify(detail)}`);
  }

  async #paidCalls(): Promise<z.infer<typeof billing>> {
    const response = await fetch(`${this.#jlis}/control/billing`, {
      signal: AbortSignal.timeout(simulatorMs),
    });
    return billing.parse(await response.json());
  }

  get held(): boolean {
    return this.story.every(({ ok }) => ok);
  }
}
