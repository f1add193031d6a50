import { readCrlPart } from "../../pki/crl/part.ts";
import { crlReasonName } from "../../pki/crl/reasons.ts";
import { SerialList, SerialSet, serialBytes, viewOf } from "../../pki/crl/serial-list.ts";
import { addCardRevocation, findKnownCards } from "../../registry/change-detection/card-revocations.ts";
import {
  type CrlListRow,
  findCrlList,
  lockCrlList,
  readCrlSerials,
  replaceCrlList,
} from "../../registry/change-detection/crl-lists.ts";
import { type Connection, transaction } from "../../registry/database.ts";
import { cardReference } from "../../registry/recognition/persons.ts";
import type { CrlPart } from "../j-lis/j-lis.ts";
import type { ChangeDetectionDeps } from "./deps.ts";

export interface PartReport {
  entries: number;
  newEntries: number;
  matches: number;
}

const lookedUpAtOnce = 5_000;
const nothing: PartReport = { entries: 0, newEntries: 0, matches: 0 };

/**
 * Processes one CRL part: entries that the last list did not have, of people we know, become card revocations. All in one
 * transaction after the list was verified, so that a refused list changes nothing.
 * @throws UnusableCrl if the list is refused; the adapter's errors while J-LIS is unavailable
 */
export async function takePart(deps: ChangeDetectionDeps, part: CrlPart): Promise<PartReport> {
  const last = await findCrlList(deps.pool, part.part);
  if (last && last.number === BigInt(part.number)) return { ...nothing, entries: last.entries };
  const list = await readCrlPart(await deps.jlis.crl(part.part), {
    anchors: deps.anchors,
    at: deps.clock(),
    issuerKeyId: part.issuerKeyId,
    distributionPoint: part.distributionPoint,
    after: last,
  });
  const fresh = await newSerials(deps, last, list.entries);
  const row = { ...list, part: part.part, entries: list.entries.length, readAt: deps.clock() };
  const matches = await transaction(deps.pool, async (connection) => {
    await lockCrlList(connection, part.part);
    const found = await noteOurs(connection, deps, part.issuerKeyId, list.entries, fresh);
    await replaceCrlList(connection, row, list.entries.serial);
    return found;
  });
  return { entries: list.entries.length, newEntries: fresh.length, matches };
}

/** The entries that the last list did not have, by serial: a revocation date may be earlier than its publication. */
async function newSerials(
  { pool }: ChangeDetectionDeps,
  last: CrlListRow | undefined,
  entries: SerialList,
): Promise<Uint32Array> {
  const before = new SerialList(last?.entries ?? 1);
  if (last)
    for await (const piece of readCrlSerials(pool, last.part))
      for (let at = 0, view = viewOf(piece); at < piece.length; at += serialBytes)
        before.add(view, at, at + serialBytes, 0);
  const known = new SerialSet(before);
  const fresh = new Uint32Array(entries.length);
  let count = 0;
  for (let index = 0; index < entries.length; index += 1)
    if (!known.has(entries.serial(index))) fresh[count++] = index;
  return fresh.subarray(0, count);
}

/** Looks new entries up by keyed hash, in Postgres, and records those of people we know. */
async function noteOurs(
  connection: Connection,
  deps: ChangeDetectionDeps,
  issuerKeyId: string,
  entries: SerialList,
  fresh: Uint32Array,
): Promise<number> {
  let matches = 0;
  for (let from = 0; from < fresh.length; from += lookedUpAtOnce) {
    const byReference = new Map<string, { index: number; serial: string }>();
    const references: Buffer[] = [];
    for (const index of fresh.subarray(from, from + lookedUpAtOnce)) {
      const serial = entries.serialHex(index);
      const reference = cardReference(deps.recognitionKey, { issuerKeyId, serial });
      references.push(reference);
      byReference.set(reference.toString("base64"), { index, serial });
    }
    for (const { reference, personId } of await findKnownCards(connection, references)) {
      const entry = byReference.get(reference.toString("base64"));
      // Postgres returns only the requested references.
      if (!entry) continue;
      const { index, serial } = entry;
      const added = await addCardRevocation(connection, deps.sealer, {
        reference,
        personId,
        reason: crlReasonName(entries.reason(index)),
        certificate: { issuerKeyId, serial },
        foundAt: deps.clock(),
      });
      if (added) matches += 1;
    }
  }
  return matches;
}
