import * as z from "zod";
import { withdrawOnPage } from "../../domain/consent/withdrawing.ts";
import { declineOnPage, grantByCard, termsAsked } from "../../domain/link/on-page.ts";
import { askForErasure, takeErasureBack } from "../../domain/person-page/erasing.ts";
import type { OpenedPage } from "../../domain/person-page/proof.ts";
import { stopOnPage } from "../../domain/person-page/stopping.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Language } from "../../protocol/names.ts";
import { transaction } from "../../registry/database.ts";
import type { Visit } from "../../registry/person-page/visits.ts";
import { signalCertificates } from "../signal-certificates.ts";
import type { PersonPageDeps } from "./deps.ts";

/** `pending`: stored, and about to take effect. */
export type Done = "done" | "pending";

const uuid = (value: unknown): string => {
  const id = z.uuid().safeParse(value);
  if (!id.success)
    throw new Refusal({ code: "MALFORMED_REQUEST", detail: "The form does not name an item of this page." });
  return id.data;
};

/** Stops one phone of the person, or all of them. */
export async function stop(deps: PersonPageDeps, page: OpenedPage, enrolment?: unknown): Promise<Done> {
  const enrolmentId = enrolment === undefined ? undefined : uuid(enrolment);
  const revoked = await transaction(deps.pool, (connection) =>
    stopOnPage(connection, deps, page, enrolmentId),
  );
  await signalCertificates(deps, revoked);
  return "done";
}

/** Withdraws a consent of the person. */
export async function withdraw(deps: PersonPageDeps, page: OpenedPage, named: unknown): Promise<Done> {
  const consentId = uuid(named);
  const change = await transaction(deps.pool, (connection) =>
    withdrawOnPage(connection, deps, page, consentId),
  );
  return settled(deps, change);
}

async function settled(deps: PersonPageDeps, change: { consentId: string; changeId: string }): Promise<Done> {
  const outcome = await deps.consent.change(change, deps.settings.answerMs);
  if (outcome.kind === "refused") throw new Refusal(outcome);
  return outcome.kind === "applied" ? "done" : "pending";
}

/** Declines a party's link request. */
export async function decline(deps: PersonPageDeps, page: OpenedPage, named: unknown): Promise<Done> {
  const asked = { id: uuid(named), personId: page.personId };
  await transaction(deps.pool, (connection) => declineOnPage(connection, asked, deps.clock()));
  return "done";
}

/** The terms that the card is to agree to. */
export async function readTerms(
  deps: PersonPageDeps,
  page: OpenedPage,
  { named, language }: { named: unknown; language: Language },
): ReturnType<typeof termsAsked> {
  const asked = { id: uuid(named), personId: page.personId };
  return transaction(deps.pool, (connection) => termsAsked(connection, asked, language, deps.clock()));
}

/** Grants the link that an approved visit agreed to; `undefined` if the visit was consumed before, or has expired. */
export async function grant(deps: PersonPageDeps, page: OpenedPage, visit: Visit): Promise<Done | undefined> {
  const granted = await transaction(deps.pool, (connection) =>
    grantByCard(connection, deps, page.personId, visit),
  );
  return granted && settled(deps, granted);
}

/** Records that the person requests erasure, or withdraws the request. */
export async function erasure(deps: PersonPageDeps, page: OpenedPage, asks: boolean): Promise<Done> {
  const act = asks ? askForErasure : takeErasureBack;
  await transaction(deps.pool, (connection) => act(connection, page, deps.clock()));
  return "done";
}
