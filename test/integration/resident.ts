import { randomUUID } from "node:crypto";
import { changeConsent } from "../../client/app/consent-change.ts";
import { listConsents } from "../../client/app/consent-list.ts";
import { Gateway } from "../../client/app/gateway.ts";
import { answerChange, type InboxChange, readInbox } from "../../client/app/inbox.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import type { ConsentSummary } from "../../protocol/consent.ts";
import { Bank } from "../../sandbox/demo/bank.ts";
import { eventually } from "./eventually.ts";
import { Phone, type Wishes } from "./phone.ts";
import { rows, stack } from "./stack.ts";

export { eventually };

const gateway = new Gateway(stack.gateway);
const bank = new Bank(stack.bank);

/** A customer of ABC Bank: a person with a card, a phone enrolled there, and an account in the bank's book. */
export class Resident {
  readonly phone: Phone;
  readonly enrolment: PhoneEnrolment;
  readonly personId: string;
  readonly subject: string;

  private constructor(
    phone: Phone,
    enrolment: PhoneEnrolment,
    person: { personId: string; subject: string },
  ) {
    this.phone = phone;
    this.enrolment = enrolment;
    this.personId = person.personId;
    this.subject = person.subject;
  }

  /** Enrols at ABC Bank with one tap, agreeing to everything unless `agree` says otherwise. */
  static async enrolled(
    wishes: Wishes = { agree: ["terms", "register-refresh", "disclosure"] },
    phone?: Phone,
  ): Promise<Resident> {
    const holder = phone ?? (await Phone.new());
    const { enrolmentId } = await holder.enrolled(wishes);
    return Resident.of(holder, enrolmentId);
  }

  /** Somebody whose phone has just been enrolled. */
  static async of(holder: Phone, enrolmentId: string): Promise<Resident> {
    const { issuer } = await gateway.configuration();
    const [person] = await rows<{ personId: string; subject: string }>(
      'select person_id as "personId", pseudonym as subject from enrolments where id = $1',
      [enrolmentId],
    );
    return new Resident(holder, { enrolmentId, deviceKey: holder.key, issuer }, person!);
  }

  /** Enrolled, the consent in force and the register's held by J-LIS, the account opened. */
  static async withAccount(): Promise<Resident> {
    const resident = await Resident.enrolled();
    const consent = await resident.disclosure();
    await resident.registerConsentHeld();
    const order = { subject: resident.subject, customer: `c-${randomUUID()}`, consentId: consent.consentId };
    await eventually(() => bank.openAccount(order));
    return resident;
  }

  consents = () => listConsents(gateway, this.enrolment);
  account = () => bank.account(this.subject);
  accountAt = (version: number) => eventually(() => bank.accountAt(this.subject, version));
  fetchAnew = () => bank.fetchAnew(this.subject);
  inbox = () => readInbox(gateway, this.enrolment);

  /** The consent towards ABC Bank, once its lifecycle has granted it. */
  disclosure = (): Promise<ConsentSummary> =>
    eventually(async () => (await this.consents()).find(({ kind }) => kind === "disclosure"));

  registerConsentHeld = (): Promise<ConsentSummary> =>
    eventually(async () => (await this.consents()).find(({ register }) => register === "held"));

  /** The change that waits for the person, once it does. */
  change = (): Promise<InboxChange> => eventually(async () => (await this.inbox()).open[0]);

  answer = (found: InboxChange, decision: "confirm" | "decline") =>
    answerChange(gateway, this.enrolment, { ...found, decision });

  /** What became of a change, once it has become that. */
  settled = (notificationId: string, delivery: string) =>
    eventually(async () =>
      (await this.inbox()).settled.find(
        (each) => each.notificationId === notificationId && each.delivery === delivery,
      ),
    );

  async withdraw(kind: ConsentSummary["kind"]): Promise<void> {
    const consent = (await this.consents()).find((each) => each.kind === kind && each.state === "in-force");
    const { consentId, revision, attributes } = consent!;
    await changeConsent(gateway, this.enrolment, { act: "withdraw", kind, consentId, revision, attributes });
  }

  async anchorVersion(): Promise<number> {
    const [row] = await rows<{ version: number }>(
      "select max(version) as version from anchors where person_id = $1",
      [this.personId],
    );
    return row!.version;
  }

  /** The version of the attribute record, once it is at least this one. */
  anchorAt = (version: number): Promise<number> =>
    eventually(async () => {
      const now = await this.anchorVersion();
      return now >= version ? now : undefined;
    });
}
