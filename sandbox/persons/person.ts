import { join } from "node:path";
import { z } from "zod";
import { GatewayRefusal } from "../../client/app/gateway.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { openQuestions } from "../control/questions.ts";
import { SandboxRefusal } from "../control/refusal.ts";
import { SimulatedCard } from "../devices/simulated-card.ts";
import type { PersonOfTheCast } from "./persons.ts";
import { type AtTheCard, type Enrolment, SandboxPhone } from "./phone.ts";
import { type KeptPhone, PhoneFile } from "./phone-file.ts";
import type { Hands } from "./question.ts";
import { type Question } from "./question.ts";
import type { World } from "./world.ts";

const residentSchema = z.looseObject({ register: z.looseObject({ name: z.string(), address: z.string() }) });

const settledAlready: ReadonlySet<RefusalCode> = new Set([
  "NOTIFICATION_CLOSED",
  "CONSENT_NOT_IN_FORCE",
  "LOGIN_CLOSED",
]);

/** A test person: a resident with a card and a phone. */
export class Person {
  readonly cast: PersonOfTheCast;
  readonly world: World;
  readonly card: SimulatedCard;
  readonly phone: SandboxPhone;
  readonly #file: PhoneFile;
  #answering: Promise<unknown> = Promise.resolve();

  private constructor(cast: PersonOfTheCast, world: World, file: PhoneFile) {
    this.cast = cast;
    this.world = world;
    this.card = new SimulatedCard(world.addresses.jlis, cast.slug);
    this.#file = file;
    this.phone = new SandboxPhone(world, this.card, file);
  }

  /** @param folder the folder of the phones' files */
  static async open(cast: PersonOfTheCast, world: World, folder: string): Promise<Person> {
    return new Person(cast, world, await PhoneFile.open(join(folder, `${cast.slug}.json`)));
  }

  get prepared(): boolean {
    return this.#file.state.prepared;
  }

  setPrepared = (): Promise<void> => this.#file.keep({ prepared: true });

  get auto(): KeptPhone["auto"] {
    return this.#file.state.auto;
  }

  /** Makes the phone answer automatically from now on, or not. Open questions are answered too. */
  async setAuto(auto: KeptPhone["auto"]): Promise<void> {
    await this.#file.keep({ auto });
    await this.answerByItself();
  }

  /** The person's current register entry. Throws SimulatorFailed. */
  async resident(): Promise<z.infer<typeof residentSchema>["register"]> {
    return residentSchema.parse(await this.card.resident()).register;
  }

  /** The newest enrolment at a party. Throws a {@link SandboxRefusal} if there is none. */
  async enrolmentAt(party: string): Promise<Enrolment> {
    const found = (await this.phone.enrolments(party)).at(-1);
    if (!found) throw new SandboxRefusal("NOT_ENROLLED", `${this.cast.slug} has no enrolment at this party.`);
    return found;
  }

  /** What an answer needs; the number is the one set with `auto`. */
  get hands(): Hands {
    const { holdCard, putCardAway } = this.phone;
    return { number: this.auto.number, holdCard, putCardAway };
  }

  /** The same, if the person types a PIN, agrees to use a last try, or reads a number themselves. */
  handsWith({ number, ...at }: AtTheCard & { number?: number | undefined }): Hands {
    const hands = { ...this.hands, holdCard: () => this.phone.holdCard(at) };
    return number === undefined ? hands : { ...hands, number };
  }

  async questions(party?: string): Promise<Question[]> {
    return openQuestions(this.world.gateway, await this.phone.enrolments(party));
  }

  /** Emits that there is something new. */
  changed(): void {
    this.world.happenings.emit({ kind: "person", person: this.cast.slug });
  }

  /** Switches the phone on; with `auto` it answers what arrived in the meantime. */
  async switchOn(): Promise<void> {
    const answer = () =>
      void this.answerByItself().catch((error: Error & { code?: string }) => {
        // Open questions remain for the next push, and for the person's own answer.
        this.world.log.warn(
          { person: this.cast.slug, errorName: error.name, code: error.code },
          "a phone could not answer by itself",
        );
      });
    await this.phone.switchOn(() => {
      this.changed();
      answer();
    });
    answer();
  }

  async switchOff(): Promise<void> {
    await this.phone.switchOff();
    await this.#answering.catch(() => {});
  }

  /** Answers all open questions, if `auto` is on, one after the other: a push may arrive in between. */
  answerByItself(): Promise<void> {
    const answered = this.#answering.catch(() => {}).then(() => this.#answerAll());
    this.#answering = answered;
    return answered;
  }

  async #answerAll(): Promise<void> {
    const { on, decision } = this.auto;
    if (!on) return;
    for (const question of await this.questions()) {
      await question.answer(decision, this.hands).catch((error: unknown) => {
        // Answered by hand, superseded or withdrawn at this moment.
        if (!(error instanceof GatewayRefusal && settledAlready.has(error.code))) throw error;
      });
    }
  }
}
