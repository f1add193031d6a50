import { join } from "node:path";
import { CertificateList, CRLNumber, id_ce_cRLNumber } from "@peculiar/asn1-x509";
import { readIssuer } from "../authority.ts";
import { readRootCrl } from "../authority-files.ts";
import { makeCrl } from "../crl.ts";
import { parseDer } from "../der.ts";
import { extensionValue } from "../extension.ts";
import { listGenerations, readGeneration } from "../generation.ts";
import type { Root } from "./roots.ts";

export const rootCrlDays = 365;

/**
 * The root's CRL (DER): full, for a year, with nothing on it. A root signs a few certificates in its life, and the CRL
 * of every ceremony has the number after the highest so far.
 */
export async function makeRootCrl(directory: string, root: Root, now: Date): Promise<Uint8Array> {
  const issuer = readIssuer(root.certificate);
  const end = now.getTime() + rootCrlDays * 86_400_000;
  return makeCrl(
    { keyStore: root.keyStore, issuer, issuingKeyId: root.keyId },
    {
      number: (await highestNumber(directory, root.generation)) + 1n,
      thisUpdate: now,
      nextUpdate: new Date(Math.min(end, issuer.notAfter.getTime())),
      entries: [],
    },
  );
}

async function highestNumber(directory: string, rootGeneration: string): Promise<bigint> {
  let highest = 0n;
  for (const id of await listGenerations(directory)) {
    if ((await readGeneration(directory, id)).rootGeneration !== rootGeneration) continue;
    const list = parseDer((await readRootCrl(join(directory, id))).der, CertificateList);
    const number = extensionValue(list.tbsCertList.crlExtensions, id_ce_cRLNumber);
    if (number === undefined)
      throw new Error(`The root CRL of ${id} has no number; restore it from a backup.`);
    const value = BigInt(parseDer(number, CRLNumber).value);
    if (value > highest) highest = value;
  }
  return highest;
}
