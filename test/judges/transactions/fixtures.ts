import { X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { checkSignature } from "../../../client/relying-party/cms-signature.ts";
import { type TimeStampAuthority, timeStamped } from "../../../gateway/transactions/time-stamp.ts";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import type { Revocation } from "../../../pki/ca/revocation.ts";
import { id_aa_timeStampToken } from "../../../protocol/signing-certificate.ts";
import { startTimeStamps } from "../../../simulators/tsa/server.ts";
import { type Case, publications } from "./cases.ts";
import { makePhone, type Phone, signTransfer, withAnotherAmount } from "./signing.ts";
import { publishCrl, publishOcsp } from "./status.ts";

const day = 86_400_000;
const idData = "1.2.840.113549.1.7.1";

/** What a judge is given of a case: names of files beside `cases.json`, all DER. */
export interface Exhibit {
  name: string;
  cms: string;
  /** The time-stamp's token and the signature's value it is over, for a judge that cannot take them out. */
  token: string;
  signature: string;
  /** The signer's certificate and its issuing CA's, which are in the CMS too. */
  signer: string;
  issuing: string;
  crls: string[];
  ocsp: string[];
  /** Seconds since 1970: the time in the time-stamp, and when the judge looks. */
  stampedAt: number;
  judgedAt: number;
}

/** `cases.json`: what every judge reads. */
export interface Exhibits {
  /** Trusted for transactions. */
  root: string;
  /** Trusted for time-stamps, as a trusted list would name it: the authority's own certificate. */
  timeStamper: string;
  cases: Exhibit[];
}

/**
 * Makes a CA, its phones, their time-stamped transactions and everybody's status with the engine's own parts, and writes
 * it all into `directory`. The CA and the certificates are ten days old, the time-stamps of now; what is published later
 * is made for its time.
 */
export async function makeExhibits(directory: string, cases: readonly Case[]): Promise<Exhibits> {
  const then = new Date(Date.now() - 10 * day);
  const [ours, strangers] = await Promise.all(
    ["ours", "strangers"].map((name) => authorityAt(join(directory, name), then)),
  );
  const stamps = join(directory, "tsa");
  await mkdir(stamps);
  const tsa = await startTimeStamps(stamps);
  try {
    const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
    const stamper: TimeStampAuthority = {
      ask: (request) => askTimeStamp(outbound, tsa.url, request),
      roots: [derOf(tsa.roots)],
    };
    const write = async (name: string, der: Uint8Array) => {
      await writeFile(join(directory, name), der);
      return name;
    };
    const made: Exhibit[] = [];
    for (const [index, each] of cases.entries()) {
      const exhibit = await exhibitOf(each, { ours: ours!, strangers: strangers!, stamper, then });
      const { files, ...times } = exhibit;
      const names = await Promise.all(
        Object.entries(files).map(async ([kind, der]) => [kind, await write(`${index}-${kind}.der`, der)]),
      );
      made.push({ name: each.name, ...times, ...arranged(Object.fromEntries(names)) });
    }
    const exhibits: Exhibits = {
      root: await write("root.der", ours!.root),
      timeStamper: await write("tsa.der", derOf(await readFile(join(stamps, "tsa.pem"), "utf8"))),
      cases: made,
    };
    await writeFile(join(directory, "cases.json"), JSON.stringify(exhibits, undefined, 2));
    return exhibits;
  } finally {
    await tsa.close();
  }
}

/** A development CA made at a time, all of the same names. */
async function authorityAt(directory: string, at: Date): Promise<Authority> {
  const opened = await openAuthorities({ directory, passphrase: "x", development: true, clock: () => at });
  return opened.active;
}

interface Parties {
  ours: Authority;
  strangers: Authority;
  stamper: TimeStampAuthority;
  then: Date;
}

type Kind = "cms" | "token" | "signature" | "signer" | "issuing" | "crl" | "rootCrl" | "ocsp";

async function exhibitOf(each: Case, { ours, strangers, stamper, then }: Parties) {
  const phone = await makePhone(each.flaw?.startsWith("stranger") ? strangers : ours, then);
  const { cms, at } = await timeStamped(await signTransfer(phone, await besideOf(each, ours, then)), stamper);
  const revocations = revocationsOf(each, phone, at);
  const published = new Date(at.getTime() + publications[each.published] * 1000);
  const { signature, unsigned } = checkSignature(cms, idData);
  const files: Partial<Record<Kind, Uint8Array>> = {
    cms: each.flaw === "tampered" ? withAnotherAmount(cms) : cms,
    token: unsigned(id_aa_timeStampToken)[0]!,
    signature,
    signer: phone.certificate,
    issuing: phone.authority.issuing,
    rootCrl: phone.authority.rootCrl!.der,
  };
  if (each.flaw !== "no status") {
    if (each.source === "CRL") files.crl = await publishCrl(phone, published, revocations);
    else files.ocsp = await publishOcsp(phone, published, revocations);
  }
  const stampedAt = at.getTime() / 1000;
  return { files, stampedAt, judgedAt: stampedAt + publications[each.published] + 1 };
}

/** What is in the message beside the signer's certificate; `undefined` is its issuing CA alone. */
async function besideOf({ flaw }: Case, ours: Authority, then: Date): Promise<Uint8Array[] | undefined> {
  if (flaw !== "stranger beside a good certificate") return undefined;
  return [(await makePhone(ours, then)).certificate, ours.issuing];
}

/** A second after the time-stamp or before it: as near as dates of whole seconds go. */
function revocationsOf({ standing, reason }: Case, { serial }: Phone, stampedAt: Date): Revocation[] {
  if (standing === "never") return [];
  const seconds = standing === "before" ? 1 : -1;
  return [{ serial, reason, revokedAt: new Date(stampedAt.getTime() + seconds * 1000) }];
}

function arranged({ crl, rootCrl, ocsp, ...others }: Partial<Record<Kind, string>>) {
  const present = (names: (string | undefined)[]) => names.filter((name) => name !== undefined);
  return {
    ...(others as Record<"cms" | "token" | "signature" | "signer" | "issuing", string>),
    crls: present([crl, rootCrl]),
    ocsp: present([ocsp]),
  };
}

const derOf = (text: string): Uint8Array => new Uint8Array(new X509Certificate(text).raw);
