import { setTimeout as sleep } from "node:timers/promises";
import { changeConsent } from "../../client/app/consent-change.ts";
import { listConsents } from "../../client/app/consent-list.ts";
import { answerChange, type InboxChange, readInbox } from "../../client/app/inbox.ts";
import { subscribeToPush } from "../../client/app/push-subscription.ts";
import { pushContent } from "../../protocol/notification.ts";
import { makePushReceiver, type PushReceiver } from "../devices/push-receiver.ts";
import { Bank } from "./bank.ts";
import { type Cast, requireAll } from "./cast.ts";
import { binding } from "./one-tap-story.ts";
import { Registry } from "./registry.ts";
import type { Stage } from "./stage.ts";

const secondHome = "大阪府大阪市北区中之島一丁目３番２０号　中之島ハイツ８０２号";
const thirdHome = "北海道札幌市中央区北一条西二丁目１番地";

/**
 * The move that reaches the bank: a change proven by a tap, a change found at J-LIS, a push, one confirmation, the bank's
 * account; then the consent is withdrawn, the person moves once more, and the bank receives nothing.
 */
export async function tellMove(stage: Stage, cast: Cast): Promise<void> {
  const { card, gateway, stack } = cast;
  const bank = new Bank(stack.bank);
  const registry = new Registry(cast);
  let consentId = "";
  let subject = "";
  let eventsBefore = 0;
  let push: PushReceiver | undefined;
  let found: InboxChange | undefined;
  const phone = () => requireAll(cast.phones, "phoneB").phoneB;

  await stage.play(
    "account-opened",
    "ABC Bank fetches the address that was agreed to at the tap",
    async () => {
      const consent = await eventually(async () =>
        (await listConsents(gateway, phone())).find(({ kind }) => kind === "disclosure"),
      );
      consentId = consent.consentId;
      subject = await registry.pseudonym(phone().enrolmentId);
      const account = await eventually(() => bank.openAccount({ subject, customer: binding, consentId }));
      return { ok: account.anchorVersion === 1, anchorVersion: account.anchorVersion };
    },
  );

  await stage.play(
    "tap-told",
    "The tap on phone B has proven a new address: one confirmation, and ABC Bank has it",
    async () => {
      const [change] = await eventually(async () => nonEmpty((await readInbox(gateway, phone())).open));
      await answerChange(gateway, phone(), { ...change, decision: "confirm" });
      const account = await eventually(async () => bank.accountAt(subject, change.change.anchorVersion));
      return {
        ok: account.address === (await registry.address(phone().enrolmentId)),
        anchorVersion: account.anchorVersion,
      };
    },
  );

  await stage.play(
    "moves-again",
    "The person moves; J-LIS has revoked, but there is no new certificate yet",
    async () => {
      push = await makePushReceiver(stack.pushService, cast.ca.vapidPublicKey ?? "");
      await subscribeToPush(gateway, phone(), { kind: "web", ...push.subscription });
      await card.atTownHall("move", { address: secondHome });
      await registry.detectChanges();
      const revocations = await registry.revocationsUnderWay(phone().enrolmentId);
      return { ok: revocations > 0, revocations };
    },
  );

  await stage.play(
    "change-found",
    "The card is renewed at the town hall, and the change is found",
    async () => {
      const before = await registry.anchorVersion(phone().enrolmentId);
      await card.atTownHall("renew");
      const version = await eventually(async () => {
        const now = await registry.anchorVersion(phone().enrolmentId);
        return now > before ? now : undefined;
      });
      return { ok: version === before + 1, anchorVersion: version };
    },
  );

  await stage.play("push", "Phone B gets a push that says only that there is something to see", async () => {
    const content = await eventually(async () => {
      const bytes = await push?.next(10);
      const read = bytes && pushContent.parse(JSON.parse(Buffer.from(bytes).toString()));
      return read?.type === "change" ? read : undefined;
    });
    return { ok: content.notificationId !== undefined, content };
  });

  await stage.play(
    "press",
    "Old and new address on the phone; one confirmation, signed by the device key",
    async () => {
      [found] = await eventually(async () => nonEmpty((await readInbox(gateway, phone())).open));
      const shown = found?.change.changes.map(({ attribute }) => attribute) ?? [];
      if (found) await answerChange(gateway, phone(), { ...found, decision: "confirm" });
      return { ok: shown.includes("address"), shown };
    },
  );

  await stage.play("bank-knows", "ABC Bank has applied and acknowledged the new address", async () => {
    const version = found?.change.anchorVersion ?? 0;
    const account = await eventually(async () => bank.accountAt(subject, version));
    const settled = await eventually(async () =>
      (await readInbox(gateway, phone())).settled.find(
        ({ notificationId, delivery }) =>
          notificationId === found?.notificationId && delivery === "acknowledged",
      ),
    );
    return {
      ok: account.address === secondHome,
      anchorVersion: account.anchorVersion,
      outcome: settled.outcome,
    };
  });

  await stage.play("consent-withdrawn", "The person withdraws the consent with phone B", async () => {
    const consent = (await listConsents(gateway, phone())).find((each) => each.consentId === consentId);
    if (!consent) throw new Error("The consent is not among those the phone can see.");
    const { revision, attributes, kind } = consent;
    const changed = await changeConsent(gateway, phone(), {
      act: "withdraw",
      kind,
      consentId,
      revision,
      attributes,
    });
    eventsBefore = await bank.events();
    return { ok: changed.state === "withdrawn", revision: changed.revision };
  });

  await stage.play("second-move", "The person moves once more; the CA learns it", async () => {
    const before = await registry.anchorVersion(phone().enrolmentId);
    await card.atTownHall("move", { address: thirdHome });
    await card.atTownHall("renew");
    await registry.detectChanges();
    const version = await eventually(async () => {
      const now = await registry.anchorVersion(phone().enrolmentId);
      return now > before ? now : undefined;
    });
    return { ok: version === before + 1, anchorVersion: version };
  });

  await stage.play("bank-hears-nothing", "ABC Bank receives no event, and may fetch nothing", async () => {
    await registry.untilRefreshed(phone().enrolmentId);
    const { open } = await readInbox(gateway, phone());
    const account = await bank.account(subject);
    const received = (await bank.events()) - eventsBefore;
    const fetched = await bank.fetchAnew(subject);
    return {
      ok: open.length === 0 && received === 0 && account.address === secondHome && fetched === "NO_CONSENT",
      asked: open.length,
      told: received,
      fetched,
    };
  });
  await push?.close();
}

const nonEmpty = <T>(list: T[]): [T, ...T[]] | undefined =>
  list.length > 0 ? (list as [T, ...T[]]) : undefined;

/** Polls until there is a result. Gives up after a minute, which fails the step. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const got = await ask();
    if (got !== undefined) return got;
    if (Date.now() > deadline) throw new Error("What this step waits for did not come within a minute.");
    await sleep(250);
  }
}
