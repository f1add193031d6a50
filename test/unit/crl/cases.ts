import { readFileSync } from "node:fs";
import { checkCrl } from "../../../pki/card-verification/crl.ts";
import type { CardStatus } from "../../../pki/card-verification/status.ts";
import { hashedByNode } from "../../../pki/crl/node-signed-input.ts";
import { readCrl } from "../../../pki/crl/read.ts";
import { crlReasonName } from "../../../pki/crl/reasons.ts";
import { scopeOf } from "../../../pki/crl/scope.ts";
import { SerialList } from "../../../pki/crl/serial-list.ts";
import { type CrlStatus, crlStatus, crlStatusSync } from "../../../pki/crl/status.ts";
import { anchorsFromPem } from "../../../pki/jpki/trust-anchors.ts";
import { type Certificate, readCertificate } from "../../../pki/x509/certificate.ts";
import { verifyWithNode } from "../../../pki/x509/node-signature.ts";

export const readFixture = (name: string): Buffer =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

/** A card, its CA, and the moment: what is asked of each list. */
export interface Asked {
  certificate: Certificate;
  issuer: Certificate;
  issuerPem: string;
  at: Date;
}

export function askedOf(card: string, ca: string, at: Date): Asked {
  const issuerPem = readFixture(ca).toString();
  const [anchor] = anchorsFromPem([issuerPem]);
  return {
    certificate: readCertificate(readFixture(card)),
    issuer: anchor!.certificate,
    issuerPem,
    at,
  };
}

/** A list as it may arrive. `sizes` gives the length of each piece, and of those after the last one again. */
export async function* inPieces(der: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let from = 0, index = 0; from < der.length; index += 1) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? der.length;
    yield der.subarray(from, from + size);
    from += size;
  }
}

/** Entries as change detection takes them while the list arrives, or why the list is not taken. */
export async function streamed(der: Uint8Array, asked: Asked, sizes: readonly number[]): Promise<string> {
  const { certificate, issuer, at } = asked;
  const entries = new SerialList();
  const reading = { issuer, at, scope: scopeOf(certificate), entries, signedInput: hashedByNode };
  try {
    const { number } = await readCrl(inPieces(der, sizes), reading);
    const listed = Array.from(
      { length: entries.length },
      (_, index) => `${entries.serialHex(index)} ${crlReasonName(entries.reason(index))}`,
    );
    return [`taken ${number}`, ...listed].join("\n");
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** The status of the card by each entry to the reader: in memory, collected from a stream, and through the card's check. */
export async function statuses(der: Uint8Array, asked: Asked, sizes: readonly number[]) {
  return {
    atOnce: crlStatusSync(der, asked, verifyWithNode),
    collected: await crlStatus(inPieces(der, sizes), asked, async (check) => verifyWithNode(check)),
    card: checkCrl(der, cardOf(asked)),
  };
}

function cardOf({ certificate, issuerPem, at }: Asked) {
  const [anchor] = anchorsFromPem([issuerPem]);
  const { der, serial, spki, notBefore, notAfter } = certificate;
  const names = { issuer: certificate.issuer.text, subject: certificate.subject.text };
  return { card: { der, serial, spki, notBefore, notAfter, ...names }, anchor: anchor!, at };
}

/** A status in one line, the same for both shapes that it has. */
export function inWords(found: CrlStatus | CardStatus): string {
  if ("ok" in found) {
    if (!found.ok) return `unusable: ${found.detail}`;
    return found.reason === undefined ? found.status : `revoked: ${found.reason}`;
  }
  if (found.status === "unusable") return `unusable: ${found.why}`;
  return found.status === "good" ? "good" : `revoked: ${found.reason}`;
}
