import { randomUUID } from "node:crypto";
import { ApplicationFailure } from "@temporalio/common";
import type { ChangeOutcome, ConsentActivities, ConsentView } from "../../workflows/consent/contract.ts";
import type { NotificationActivities, NotificationView } from "../../workflows/notification/contract.ts";

export const day = 86_400_000;
const year = 365 * day;

interface Notification {
  version: number;
  state: NotificationView["state"];
  delivery: NotificationView["delivery"];
  openedAt: number;
}

/**
 * The registry, J-LIS, one phone and one party, as one consent meets them. Changes are named by what they do:
 * `grant`, `renew-1`, `withdraw-1`. Whatever must not happen is kept in `wrongs`.
 */
export class ConsentWorld {
  readonly consentId = randomUUID();
  readonly kind: ConsentView["kind"];
  row: ConsentView | undefined;
  anchorVersion = 1;
  /** The versions that the party has received, in order. */
  readonly received: number[] = [];
  readonly notifications = new Map<number, Notification>();
  readonly wrongs: string[] = [];
  readonly calls: string[] = [];
  /** The test server ends any execution after ten years of 365 days: the longest term here is a day shorter. */
  termDays = 10 * 365 - 1;
  announcing = false;
  party: "takes" | "down" = "takes";
  register: "answers" | "unavailable" | "refuses" = "answers";
  readonly #now: () => Promise<number>;
  readonly #decided = new Map<string, ChangeOutcome>();

  constructor(now: () => Promise<number>, kind: ConsentView["kind"] = "disclosure") {
    this.#now = now;
    this.kind = kind;
  }

  count = (name: string): number => this.calls.filter((call) => call === name).length;
  open = (): Notification[] => [...this.notifications.values()].filter(({ state }) => state === "open");

  #view(): ConsentView {
    const currentVersion = this.kind === "disclosure" ? this.anchorVersion : 0;
    return { ...this.row!, currentVersion, ...(this.announcing ? { announcing: true } : {}) };
  }

  #inForce = async (): Promise<boolean> =>
    this.row?.state === "in-force" && Date.parse(this.row.validUntil) > (await this.#now());

  async #decide(changeId: string): Promise<ChangeOutcome> {
    const [act] = changeId.split("-");
    const now = await this.#now();
    if (act === "grant") {
      if (this.row) return refused("CONSENT_REVISION_PASSED");
      this.row = {
        kind: this.kind,
        revision: 1,
        state: "in-force",
        validUntil: new Date(now + this.termDays * day).toISOString(),
        remindAt: new Date(now + year).toISOString(),
        currentVersion: this.anchorVersion,
        settledVersion: this.anchorVersion,
        registerPending: this.kind === "register-refresh",
      };
      return { kind: "applied", view: this.#view() };
    }
    if (!this.row || !(await this.#inForce())) return refused("CONSENT_NOT_IN_FORCE");
    const revision = this.row.revision + 1;
    this.row =
      act === "withdraw"
        ? { ...this.row, revision, state: "withdrawn", registerPending: false }
        : { ...this.row, revision, validUntil: new Date(now + this.termDays * day).toISOString() };
    return { kind: "applied", view: this.#view() };
  }

  readonly consent: ConsentActivities = {
    applyChange: async ({ changeId }) => {
      this.calls.push("applyChange");
      const outcome = this.#decided.get(changeId) ?? (await this.#decide(changeId));
      this.#decided.set(changeId, outcome);
      return outcome;
    },
    readConsent: async () => {
      this.calls.push("readConsent");
      return this.row && this.#view();
    },
    registerConsent: async () => {
      this.calls.push("registerConsent");
      if (this.register === "unavailable")
        throw ApplicationFailure.retryable("unavailable", "JLisUnavailable");
      if (this.row!.state === "in-force") this.row = { ...this.row!, registerPending: false };
      return this.#view();
    },
    announceConsent: async () => {
      this.calls.push("announceConsent");
      this.announcing = false;
    },
    expireConsent: async () => {
      if (this.row?.state === "in-force" && !(await this.#inForce()))
        this.row = { ...this.row, state: "expired", revision: this.row.revision + 1 };
      return this.#view();
    },
    scheduleReminder: async () => {
      this.row = { ...this.row!, remindAt: new Date((await this.#now()) + year).toISOString() };
      return this.#view();
    },
    remindOfConsent: async () => void this.calls.push("remindOfConsent"),
  };

  #settle(version: number): void {
    this.row = { ...this.row!, settledVersion: Math.max(this.row!.settledVersion, version) };
  }

  #notificationView({ version, state, delivery, openedAt }: Notification): NotificationView {
    const at = (days: number) => new Date(openedAt + days * day).toISOString();
    return {
      notificationId: `${version}`,
      state,
      delivery,
      expiresAt: at(30),
      remindAt: [at(3), at(7)],
      ...(state === "confirmed" ? { jti: `${version}` } : {}),
      deliverWithinMs: 7 * day,
      acknowledgeWithinMs: 7 * day,
    };
  }

  readonly #at = (id: string): Notification => this.notifications.get(Number(id))!;

  readonly notification: NotificationActivities = {
    openNotification: async ({ version }) => {
      this.calls.push(`open ${version}`);
      const earlier = this.notifications.get(version);
      if (earlier) return this.#notificationView(earlier);
      if (!(await this.#inForce()) || version <= this.row!.settledVersion) return { kind: "nothing-to-tell" };
      const running = [...this.notifications.values()].filter(
        ({ state, delivery }) => state === "open" || delivery === "pending",
      );
      if (running.length > 0) this.wrongs.push(`${version} was opened beside ${running[0]!.version}`);
      const opened: Notification = { version, state: "open", delivery: "none", openedAt: await this.#now() };
      this.notifications.set(version, opened);
      return this.#notificationView(opened);
    },
    readNotification: async ({ notificationId }) => this.#notificationView(this.#at(notificationId)),
    pushNotification: async () => ({ reached: true }),
    recordAnswer: async ({ notificationId, answerId }) => {
      const found = this.#at(notificationId);
      if (!(await this.#inForce())) return { ...refused("CONSENT_NOT_IN_FORCE"), kind: "refused" };
      if (found.state !== "open") return { kind: "refused", code: "NOTIFICATION_CLOSED", detail: "closed" };
      const state = answerId.startsWith("decline") ? "declined" : "confirmed";
      Object.assign(found, { state, delivery: state === "confirmed" ? "pending" : "none" });
      this.#settle(found.version);
      return { kind: state };
    },
    closeNotification: async ({ notificationId, why }) => {
      const found = this.#at(notificationId);
      const inForce = await this.#inForce();
      if (found.state === "open") {
        found.state = !inForce ? "withdrawn" : why === "expired" ? "expired" : "superseded";
        if (found.state === "expired") this.#settle(found.version);
      } else if (found.delivery === "pending" && !inForce) found.delivery = "cancelled";
      return this.#notificationView(found);
    },
    deliverEvent: async ({ jti }) => {
      const found = this.#at(jti);
      if (!(await this.#inForce())) {
        found.delivery = "cancelled";
        return { kind: "cancelled" };
      }
      if (this.party === "down") throw ApplicationFailure.retryable("down", "EventNotHandedOver");
      if (this.received.some((version) => version > found.version)) this.wrongs.push(`${jti} overtaken`);
      this.received.push(found.version);
      found.delivery = "delivered";
      return { kind: "delivered" };
    },
    reopenEvent: async () => ({ deliverWithinMs: 7 * day }),
    deadLetterEvent: async ({ jti }) => void (this.#at(jti).delivery = "dead-lettered"),
    writeReceipt: async () => {},
  };
}

type Refused = Extract<ChangeOutcome, { kind: "refused" }>;
const refused = (code: Refused["code"]): Refused => ({ kind: "refused", code, detail: code });
