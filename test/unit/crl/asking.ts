import { sign } from "node:crypto";
import { expect } from "@jest/globals";
import { elementAt } from "../../../pki/crl/header.ts";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { rsa, signCaName, TestCa } from "../card-verification/test-pki.ts";
import { type Asked, inWords, statuses, streamed } from "./cases.ts";

/** The CA of these tests, a card's keys, and the moment they are at. */
export const name = signCaName("JPKI-TEST");
export const ca = new TestCa(name);
export const keys = rsa();
const at = new Date("2026-06-01T12:00:00Z");
const plain = ca.issue(keys);

export function asked(certificate = plain, authority = ca): Asked {
  const issuer = readCertificate(authority.certificate);
  return { certificate: readCertificate(certificate), issuer, issuerPem: authority.pem, at };
}

/** One answer by every entry to the reader; the change detection takes the list where it is usable. */
export async function answer(crl: Uint8Array, question = asked()): Promise<string> {
  const found = Object.values(await statuses(crl, question, [61])).map(inWords);
  expect(new Set(found).size).toBe(1);
  const taken = await streamed(crl, question, [61]);
  expect(taken.startsWith("taken 7")).toBe(!found[0]!.startsWith("unusable"));
  return found[0]!;
}

/** Text put in the place of other text of the same length, and the list signed anew. */
export function changed(crl: Uint8Array, from: string, to: string): Buffer {
  const text = Buffer.from(crl).toString("latin1");
  expect(text).toContain(from);
  const der = Buffer.from(text.replace(from, to), "latin1");
  expect(der.length).toBe(crl.length);
  const tbs = der.subarray(elementAt(der, 0)!.content);
  const signature = sign("sha256", tbs.subarray(0, elementAt(tbs, 0)!.end), ca.keys.privateKey);
  return Buffer.concat([der.subarray(0, -signature.length), signature]);
}
