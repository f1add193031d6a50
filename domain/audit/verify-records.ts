import { X509Certificate } from "node:crypto";
import { listEntries } from "../../pki/crl/describe.ts";
import { UnusableCrl } from "../../pki/crl/unusable-crl.ts";
import { type HalfAct, linesWithoutRow, type PurgesOf, rowsWithoutLine } from "../../registry/audit/acts.ts";
import {
  emptiedEvidence,
  newestCrls,
  type PurgedKind,
  purgedKinds,
  purgedRecordsOf,
  purgedTooYoung,
  purgeIds,
  unknownRevoked,
} from "../../registry/audit/purges.ts";
import type { Connection } from "../../registry/database.ts";
import { type SignedCheckpoint, type SignedPurge } from "./checkpoints.ts";
import { digestOf } from "./purge-record.ts";
import { yearsBefore } from "./retention.ts";
import { type Tampering } from "./verdict.ts";

const dayMs = 86_400_000;

/** Checks the digests in purge records, and the rows of the acts, against the database. */
export async function verifyRecords(
  connection: Connection,
  { checkpoints, purges }: { checkpoints: readonly SignedCheckpoint[]; purges: readonly SignedPurge[] },
): Promise<Tampering | undefined> {
  const ids = new Set(await purgeIds(connection));
  const signed = new Set(purges.map(({ id }) => id));
  const unsigned = [...ids].find((id) => !signed.has(id));
  if (unsigned !== undefined) return purge(`The purge ${unsigned} has no signed record.`);
  // Signed, but without a row: it was rolled back, and a later purge did the work.
  const done = purges.filter(({ id }) => ids.has(id));
  const listed = done.filter((each) => each.listed === true);
  for (const { id, digest } of listed)
    if (digestOf(await purgedRecordsOf(connection, id)) !== digest)
      return purge(`The list of what the purge ${id} destroyed is not the one whose digest was signed.`);
  return (
    (await agesFault(connection, listed)) ??
    (await evidenceFault(connection, listed, countsOf(done).evidence.unlisted)) ??
    (await crlFault(connection, countsOf(done).certificates.listed)) ??
    unpaired("has no line", await rowsWithoutLine(connection, keptSince(checkpoints, done))) ??
    unpaired("is missing, and its line exists", await linesWithoutRow(connection, countsOf(done)))
  );
}

const purge = (detail: string): Tampering => ({ what: "purge", detail });

function countsOf(purges: readonly SignedPurge[]): PurgesOf {
  const of = (kind: PurgedKind) => {
    const own = purges.filter(({ what }) => what === kind);
    return {
      listed: own.filter(({ listed }) => listed === true).map(({ id }) => id),
      unlisted: own.reduce((sum, { listed, count }) => sum + (listed === true ? 0 : count), 0),
    };
  };
  return Object.fromEntries(purgedKinds.map((kind) => [kind, of(kind)])) as PurgesOf;
}

/**
 * Since when lines are kept: a day after the checkpoint up to which they were destroyed, to allow for clock
 * differences.
 */
function keptSince(
  checkpoints: readonly SignedCheckpoint[],
  purges: readonly SignedPurge[],
): Date | undefined {
  const end = purges.findLast(({ chain }) => chain)?.chain;
  const vouching = end && checkpoints.find(({ position }) => position === end.position);
  return vouching && new Date(vouching.at.getTime() + dayMs);
}

const cutoffOf = ({ at, keptYears }: SignedPurge): Date => yearsBefore(at, keptYears);

async function agesFault(
  connection: Connection,
  purges: readonly SignedPurge[],
): Promise<Tampering | undefined> {
  for (const kind of purgedKinds) {
    const own = purges.filter(({ what }) => what === kind);
    const young = await purgedTooYoung(
      connection,
      kind,
      own.map((each) => ({ id: each.id, before: cutoffOf(each) })),
    );
    if (young)
      return purge(
        `The purge ${young.purgeId} destroyed ${kind} ${young.recordId}, which by its line was not old enough.`,
      );
  }
  return undefined;
}

async function evidenceFault(
  connection: Connection,
  purges: readonly SignedPurge[],
  allowed: number,
): Promise<Tampering | undefined> {
  const own = new Map(purges.filter(({ what }) => what === "evidence").map((each) => [each.id, each]));
  let unlisted = 0;
  for await (const { id, purgeId, der } of emptiedEvidence(connection, [...own.keys()])) {
    const named = purgeId === null ? undefined : own.get(purgeId);
    if (!named) {
      unlisted += 1;
      if (unlisted > allowed)
        return { what: "evidence", detail: `The evidence ${id} is empty, and no signed purge names it.` };
    } else if (der && new Date(new X509Certificate(der).validTo) >= cutoffOf(named))
      return purge(
        `The purge ${named.id} destroyed the evidence ${id} before its certificate was over for long enough.`,
      );
  }
  return undefined;
}

const chunk = 10_000;

async function crlFault(connection: Connection, purges: readonly string[]): Promise<Tampering | undefined> {
  for (const { generation, shard, number, der } of await newestCrls(connection)) {
    const serials = serialsOf(der);
    if (!serials)
      return {
        what: "crl",
        detail: `What is stored as the CRL ${number} of ${generation}/${shard} is none.`,
      };
    for (let from = 0; from < serials.length; from += chunk) {
      const [unknown] = await unknownRevoked(connection, serials.slice(from, from + chunk), purges);
      if (unknown !== undefined)
        return {
          what: "crl",
          detail: `The CRL ${number} of ${generation}/${shard} has the serial ${unknown}, and no revocation has.`,
        };
    }
  }
  return undefined;
}

function serialsOf(der: Uint8Array): string[] | undefined {
  try {
    return listEntries(der).map(({ serial }) => serial);
  } catch (error) {
    if (error instanceof UnusableCrl) return undefined;
    throw error;
  }
}

function unpaired(why: string, [half]: readonly HalfAct[]): Tampering | undefined {
  if (!half) return undefined;
  const others = half.count > 1 ? ` (and ${half.count - 1} more)` : "";
  return { what: "act", detail: `This ${why}: ${half.name} ${half.key}${others}.` };
}
