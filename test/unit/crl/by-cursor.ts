import { type Cursor, constructedTag, readDer, tags } from "../../../pki/der/cursor.ts";
import { readTime } from "../../../pki/der/read-time.ts";
import { readAlgorithm, sameAlgorithm } from "../../../pki/x509/algorithm.ts";
import { readExtensions } from "../../../pki/x509/extension.ts";
import { readName } from "../../../pki/x509/name.ts";
import { serialText } from "../../../pki/x509/serial-number.ts";

/**
 * The structure of a CRL with the cursor alone, written a second time for the tests: each entry as serial, time and
 * reason. Throws where the list is not one.
 */
export const entriesByCursor = (der: Uint8Array): string[] =>
  readDer(der, "CRL", (cursor) => {
    const outer = cursor.enter();
    const tbs = outer.enter();
    if (tbs.smallInteger() !== 1) throw new Error("version");
    const algorithm = readAlgorithm(tbs);
    readName(tbs);
    readTime(tbs);
    readTime(tbs);
    const revoked = tbs.enterIf(tags.sequence);
    const entries = revoked ? [...entriesIn(revoked)] : [];
    const explicit = tbs.enterIf(constructedTag(0));
    if (explicit) readExtensions(explicit);
    explicit?.finish();
    tbs.finish();
    if (!sameAlgorithm(algorithm, readAlgorithm(outer))) throw new Error("algorithms");
    outer.octetAlignedBits();
    outer.finish();
    return entries;
  });

function* entriesIn(revoked: Cursor): Generator<string> {
  while (!revoked.ended) yield entryAt(revoked);
}

function entryAt(revoked: Cursor): string {
  const entry = revoked.enter();
  const serial = serialText(entry.integer());
  const time = readTime(entry).toISOString();
  const extensions = entry.ended ? undefined : readExtensions(entry);
  entry.finish();
  for (const [oid, { critical }] of extensions ?? [])
    if (critical && oid !== "2.5.29.21") throw new Error("critical");
  const value = extensions?.get("2.5.29.21")?.value;
  const reason = value ? readDer(value, "reason", reasonAt) : 0;
  if (reason === 8) throw new Error("removeFromCRL");
  return `${serial} ${time} ${reason >= 0 && reason < 0x80 ? reason : 0}`;
}

function reasonAt(cursor: Cursor): number {
  const octets = Buffer.from(cursor.integer(tags.enumerated));
  if (octets.length > 4) throw new Error("reason");
  return octets.readIntBE(0, octets.length);
}
