import { createHash } from "node:crypto";
import { activityInfo, heartbeat, sleep } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import type { ApplyingDeps } from "../../domain/consent/deps.ts";
import { showUnshown } from "../../domain/consent/party-views.ts";
import { addConsentChange, findChangeOfConsent } from "../../registry/consent/changes.ts";
import { type Consent, lockConsent, noteRegister } from "../../registry/consent/consents.ts";
import { consentsAtRegister, consentsBehind, consentsOverdue } from "../../registry/consent/sweeps.ts";
import { consentsUnshown } from "../../registry/consent/views.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { required } from "../../registry/required.ts";
import type { ConsentStartActivities } from "../../workflows/consent/contract.ts";
import { type JLis, JLisBusy, type RegisterConsent } from "../j-lis/j-lis.ts";
import type { ConsentLifecycles } from "./deps.ts";

export interface ConsentSweepDeps extends ApplyingDeps, ConsentLifecycles {
  jlis: Pick<JLis, "findConsent">;
  /** Interval between two requests to J-LIS, milliseconds. */
  registerPauseMs: number;
  /** How late a workflow may be before the sweep signals it, milliseconds: the sweep's own interval. */
  overdueMs: number;
}

const pageSize = 200;

/** The daily sweeps. Page by page, by id; each page is a heartbeat from which another attempt continues. */
export function createConsentSweepActivities(
  deps: ConsentSweepDeps,
): Pick<ConsentStartActivities, "signalConsentsBehind" | "sweepRegisterConsents"> {
  return {
    async signalConsentsBehind() {
      const before = new Date(deps.clock().getTime() - deps.overdueMs);
      const behind = await eachPage(
        (after) => consentsBehind(deps.pool, after, pageSize),
        ({ id, version }) => deps.signalConsent(id, version),
      );
      const overdue = await eachPage(
        (after) => consentsOverdue(deps.pool, before, after, pageSize),
        ({ id }) => deps.rereadConsent(id),
      );
      await eachPage(
        (after) => consentsUnshown(deps.pool, after, pageSize),
        ({ id }) => transaction(deps.pool, (connection) => showUnshown(connection, deps, id)),
      );
      return behind + overdue;
    },

    async sweepRegisterConsents() {
      let withdrawn = 0;
      const started = activityInfo().heartbeatDetails as string | undefined;
      await eachPage(
        (after) => consentsAtRegister(deps.pool, after ?? started, pageSize),
        async (consent) => {
          const found = await ask(deps, consent);
          if (found && found.state !== "in-force" && (await takeOver(deps, consent, found))) withdrawn += 1;
          await sleep(deps.registerPauseMs);
        },
      );
      return withdrawn;
    },
  };
}

async function eachPage<T extends { id: string }>(
  read: (after: string | undefined) => Promise<T[]>,
  act: (row: T) => Promise<void>,
): Promise<number> {
  let count = 0;
  let after: string | undefined;
  for (;;) {
    const page = await read(after);
    for (const row of page) {
      await act(row);
      heartbeat(row.id);
    }
    count += page.length;
    after = page.at(-1)?.id;
    if (page.length < pageSize) return count;
  }
}

async function ask(
  { jlis }: ConsentSweepDeps,
  { registerId }: Consent,
): Promise<RegisterConsent | undefined> {
  try {
    return registerId === null ? undefined : await jlis.findConsent(registerId);
  } catch (error) {
    if (!(error instanceof JLisBusy)) throw error;
    throw ApplicationFailure.create({
      type: "JLisBusy",
      message: error.message,
      nextRetryDelay: error.retryAfterMs,
    });
  }
}

/** Ends a consent that has ended at J-LIS: at once if it was withdrawn there, by its own term if it expired. */
async function takeOver(deps: ConsentSweepDeps, { id }: Consent, found: RegisterConsent): Promise<boolean> {
  const changeId = await transaction(deps.pool, (connection) =>
    withdrawalOf(connection, id, found, deps.clock()),
  );
  if (changeId === undefined) return false;
  const outcome = await deps.startChange({ consentId: id, changeId });
  if (outcome.kind === "unanswered")
    throw new Error("A consent's lifecycle does not answer; the withdrawal is stored and is brought again.");
  return outcome.kind === "applied";
}

/** The change that records a withdrawal at J-LIS; `undefined` if there is nothing left to withdraw here. */
async function withdrawalOf(
  connection: Connection,
  id: string,
  found: RegisterConsent,
  now: Date,
): Promise<string | undefined> {
  const consent = required(await lockConsent(connection, id), "A consent");
  // Given again since the list was read: J-LIS's answer is about the earlier consent, which the newer has replaced there.
  if (consent.registerId !== found.id) return undefined;
  if (consent.registerState === "withdrawal-pending")
    await noteRegister(connection, id, { registerId: found.id, registerState: "withdrawn" });
  if (consent.registerState !== "held" || found.state !== "withdrawn") return undefined;

  const digest = createHash("sha256").update(`j-lis/${found.id}/withdrawn`).digest("base64url");
  const earlier = await findChangeOfConsent(connection, id, digest);
  if (earlier) return earlier.id;
  const { personId, partyId, linkId, kind, attributes } = consent;
  return addConsentChange(connection, {
    consentId: id,
    personId,
    partyId,
    linkId,
    kind,
    attributes,
    digest,
    act: "withdraw",
    source: "j-lis",
    receivedAt: now,
  });
}
