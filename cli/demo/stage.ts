import type { SimulatedCard } from "../phone.ts";

/** One line of `story.json`. */
export interface StoryLine {
  /** Stable id of the step. */
  step: string;
  ok: boolean;
  ms: number;
  /** Activations of the card in this step alone. */
  taps: number;
  detail: Record<string, unknown>;
}

/** Runs the steps of the story, tells each with its time, and keeps count of taps. */
export class Stage {
  readonly story: StoryLine[] = [];
  readonly #card: SimulatedCard;
  readonly #say: (line: string) => void;

  constructor(card: SimulatedCard, say: (line: string) => void) {
    this.#card = card;
    this.#say = say;
  }

  /**
   * Plays one step. It holds when `act` returns `ok`; when it throws it is told as failed, and so are the later
   * steps that need it, for the story must end with a report and not with a stack.
   */
  async play(
    step: string,
    title: string,
    act: () => Promise<{ ok: boolean; [detail: string]: unknown }>,
  ): Promise<void> {
    const before = await this.#card.counters();
    const started = performance.now();
    const { ok, ...detail } = await act().catch((error: unknown) => ({
      ok: false,
      error: (error as Error).message,
    }));
    const ms = Math.round(performance.now() - started);
    const after = await this.#card.counters();
    const taps = after.activations - before.activations;
    const signatures = after.signatures - before.signatures;
    this.story.push({ step, ok, ms, taps, detail: { ...detail, ...(signatures > 0 ? { signatures } : {}) } });
    const counted = taps > 0 ? `  ${taps} tap${taps === 1 ? "" : "s"}, ${signatures} signatures` : "";
    this.#say(`  ${ok ? "✓" : "✗"} ${step.padEnd(18)} ${String(ms).padStart(6)} ms  ${title}${counted}`);
    if (!ok) this.#say(`      ${JSON.stringify(detail)}`);
  }

  get held(): boolean {
    return this.story.every(({ ok }) => ok);
  }
}
