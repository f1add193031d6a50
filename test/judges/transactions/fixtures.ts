import { X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { checkSignature } from "../../../client/relying-party/cms-signature.ts";
import { type TimeStampAuthority, timeStamped } from "../../../domain/transaction/time-stamp.ts";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import type { Revocation } from "../../../pki/ca/revocation.ts";
import { attributeTypes } from "../../../pki/cms/attribute-types.ts";
import { startTimeStamps } from "../../../simulators/tsa/server.ts";
import { type Case, publications } from "./cases.ts";
import type { Exhibit, Exhibits } from "./exhibits.ts";
import { makePhone, type Phone, signTransfer, withAnotherAmount } from "./signing.ts";
import { publishCrl, publishOcsp, revokeIssuingCa } from "./status.ts";

const idData = "1.2.840.113549.1.7.1";

/** The CA and the certificates are ten days old, the time-stamps of now; what is published later is made for its time. */
const madeAt = new Date(Date.now() - 10 * 86_400_000);

interface Parties {
  ours: Authority;
  /** Of the same names as ours. */
  strangers: Authority;
  stamper: TimeStampAuthority;
}

interface Transaction {
  phone: Phone;
  cms: Uint8Array;
  token: Uint8Array;
  signature: Uint8Array;
  stampedAt: Date;
  revocations: Revocation[];
}

/**
 * Makes a CA, its phones, their time-stamped transactions and everybody's status with the engine's own parts, and writes
 * it all into `directory`, with `cases.json`.
 */
export async function makeExhibits(directory: string, cases: readonly Case[]): Promise<Exhibits> {
  const authorityAt = async (name: string) => {
    const options = { directory: join(directory, name), passphrase: "x", development: true };
    return (await openAuthorities({ ...options, clock: () => madeAt })).active;
  };
  const [ours, strangers] = [await authorityAt("ours"), await authorityAt("strangers")];
  const stamps = join(directory, "tsa");
  await mkdir(stamps);
  const tsa = await startTimeStamps(stamps);
  try {
    const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
    const ask = (request: Uint8Array) => askTimeStamp(outbound, tsa.url, request);
    const parties = { ours, strangers, stamper: { ask, roots: [derOf(tsa.roots)] } };
    const write = async (name: string, der: Uint8Array) => {
      await writeFile(join(directory, name), der);
      return name;
    };
    const transactions = new Map<string, Transaction>();
    const made: Exhibit[] = [];
    for (const [index, each] of cases.entries()) {
      const same = [each.standing, each.reason, each.flaw].join();
      const transaction = transactions.get(same) ?? (await makeTransaction(each, parties));
      transactions.set(same, transaction);
      made.push(await exhibit(each, transaction, (kind, der) => write(`${index}-${kind}.der`, der)));
    }
    const exhibits: Exhibits = {
      root: await write("root.der", ours.root),
      timeStamper: await write("tsa.der", derOf(await readFile(join(stamps, "tsa.pem"), "utf8"))),
      cases: made,
    };
    await writeFile(join(directory, "cases.json"), JSON.stringify(exhibits, undefined, 2));
    return exhibits;
  } finally {
    await tsa.close();
  }
}

async function makeTransaction(one: Case, parties: Parties): Promise<Transaction> {
  const { flaw } = one;
  const { ours, strangers, stamper } = parties;
  const phone = await makePhone(flaw?.startsWith("stranger") ? strangers : ours, madeAt);
  // The attack that a relying party falls for when it looks at another certificate of the message than the signer's.
  const isBeside = flaw === "stranger beside a good certificate";
  const beside = isBeside ? [(await makePhone(ours, madeAt)).certificate, ours.issuing] : undefined;
  const { cms, at } = await timeStamped(await signTransfer(phone, beside), stamper);
  const { signature, unsigned } = await checkSignature(cms, idData);
  return {
    // The CA, asked about a stranger's serial, knows of no revocation.
    phone: isBeside ? { ...phone, authority: ours } : phone,
    token: unsigned(attributeTypes.timeStampToken)[0]!,
    signature,
    cms: flaw === "tampered" ? withAnotherAmount(cms) : cms,
    stampedAt: at,
    revocations: revocationsOf(one, phone, at),
  };
}

/** A second after the time-stamp or before it: as near as dates of whole seconds go. */
function revocationsOf({ standing, reason }: Case, { serial }: Phone, stampedAt: Date): Revocation[] {
  if (standing === "never") return [];
  const seconds = standing === "before" ? 1 : -1;
  return [{ serial, reason, revokedAt: new Date(stampedAt.getTime() + seconds * 1000) }];
}

async function exhibit(
  { name, flaw, source, published }: Case,
  { phone, cms, token, signature, stampedAt, revocations }: Transaction,
  write: (kind: string, der: Uint8Array) => Promise<string>,
): Promise<Exhibit> {
  const { authority, certificate } = phone;
  const at = new Date(stampedAt.getTime() + publications[published] * 1000);
  const crls: string[] = [];
  const ocsp: string[] = [];
  if (flaw !== "no status") {
    if (source === "OCSP") ocsp.push(await write("ocsp", await publishOcsp(phone, at, revocations)));
    else crls.push(await write("crl", await publishCrl(phone, at, revocations)));
  }
  const rootCrl = flaw === "CA revoked" ? await revokeIssuingCa(authority, at) : authority.rootCrl!.der;
  if (flaw !== "no status of the CA") crls.push(await write("root-crl", rootCrl));
  return {
    name,
    cms: await write("cms", cms),
    token: await write("token", token),
    signature: await write("signature", signature),
    signer: await write("signer", certificate),
    issuing: await write("issuing", authority.issuing),
    crls,
    ocsp,
    stampedAt: stampedAt.getTime() / 1000,
    judgedAt: at.getTime() / 1000 + 1,
  };
}

const derOf = (text: string): Uint8Array => new Uint8Array(new X509Certificate(text).raw);
