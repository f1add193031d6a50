import { X509Certificate } from "node:crypto";
import { readInbox } from "../../client/app/inbox.ts";
import type { Inbox } from "../../protocol/notification.ts";
import { ifItLives } from "./living.ts";
import type { Person } from "./person.ts";
import type { Enrolment } from "./phone.ts";

/** A new phone about which one of the person's phones asks. */
export type AskedAbout = Inbox["newPhones"][number] & {
  /** Whether the asking phone was itself replaced. */
  phone: "current" | "former";
  /** The party of the asking app. */
  party: string;
};

/** notAfter of a certificate, milliseconds since 1970: an earlier end is a revocation. */
const endOf = (certificate: Uint8Array): number => Date.parse(new X509Certificate(certificate).validTo);

/** All questions about new phones, and the enrolments on the current phone that have ended at the CA. */
export async function newPhonesOf({ phone, world }: Person): Promise<{
  asked: { enrolment: Enrolment; about: AskedAbout }[];
  ended: { party: string; enrolmentId: string; why: "stopped" | "expired" }[];
}> {
  const current = await read("current", await phone.enrolments());
  const former = await read("former", await phone.formerEnrolments());
  return {
    asked: [...former, ...current].flatMap(({ enrolment, which, inbox }) =>
      (inbox?.newPhones ?? []).map((about) => ({
        enrolment,
        about: { ...about, phone: which, party: enrolment.party },
      })),
    ),
    ended: current
      .filter(({ inbox }) => inbox === undefined)
      .map(({ enrolment: { party, enrolmentId, certificate } }) => ({
        party,
        enrolmentId,
        why: endOf(certificate) <= Date.now() ? "expired" : "stopped",
      })),
  };

  function read(which: AskedAbout["phone"], enrolments: readonly Enrolment[]) {
    return Promise.all(
      enrolments.map(async (enrolment) => ({
        which,
        enrolment,
        inbox: await ifItLives(readInbox(world.gateway, enrolment)),
      })),
    );
  }
}
