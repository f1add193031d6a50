import { join } from "node:path";
import type { Authority } from "../../../pki/ca/authority.ts";
import { type CrlIssuer, makeCrl } from "../../../pki/ca/crl.ts";
import { makeOcspResponse } from "../../../pki/ca/ocsp.ts";
import { makeCertId } from "../../../pki/ca/ocsp-cert-id.ts";
import { openSoftwareKeyStore } from "../../../pki/key-store/software.ts";
import { issue } from "../../unit/ca/issuing.ts";
import type { Phone } from "../transactions/signing.ts";
import { type Exhibits, hanako } from "./cases.ts";
import { always, type Front } from "./front.ts";
import type { Cas, Place } from "./place.ts";

const day = 86_400_000;

/** Certificates of a CA that answers, and what a bank must not rely on (RFC 5280 §6, RFC 6960 §3.2). */
export async function makeCertificates(
  cas: Cas,
  { front, directory, write }: Place,
): Promise<Exhibits<"certificate">> {
  const { ours, ruined, strangers } = cas;
  const { authority } = ours;
  let count = 0;
  const exhibit = async ({ certificate, authority: { issuing, root } }: Phone): Promise<string[]> => {
    const name = `certificate-${++count}`;
    const files = { "": certificate, "-issuing": issuing, "-root": root };
    return Promise.all(Object.entries(files).map(([end, der]) => write(`${name}${end}.cer`, der)));
  };
  /** A certificate of ours whose status comes from elsewhere. */
  const withStatusFrom = (name: string) =>
    ours.phone(hanako, {
      crlBase: `${front.url}/${name}-crl`,
      ocsp: `${front.url}/${name}-ocsp/`,
    });
  const good = await ours.phone(hanako);
  const revoked = await ours.phone(hanako);
  ours.registry.revoke(revoked.serial, "keyCompromise", new Date(Date.now() - 3_600_000));
  // The CA is older than that.
  const expired = await ours.phone(hanako, {}, { validitySeconds: day / 1000 });

  const silent = await withStatusFrom("silent");
  const stale = await withStatusFrom("stale");
  await answerGood(front, "stale", stale, {
    ocsp: authority,
    crl: authority,
    now: new Date(Date.now() - 3 * day),
  });
  const forged = await withStatusFrom("forged");
  await answerGood(front, "forged", forged, signingFor(authority, strangers.authority));
  const fromSubscriber = await withStatusFrom("subscriber");
  await answerGood(front, "subscriber", fromSubscriber, await signingAsSubscriber(authority, directory));
  const moved = await withStatusFrom("moved");
  const { distributionPoint } = good;
  await answerGood(front, "moved", { ...moved, distributionPoint }, { ocsp: authority, crl: authority });
  front.give("moved-ocsp", async () => ({ status: 503, type: "text/plain", body: new Uint8Array() }));

  return {
    good: await exhibit(good),
    "tampered with": await exhibit({ ...good, certificate: withAnotherSubject(good.certificate) }),
    "of a stranger's CA with our names": await exhibit({ ...(await strangers.phone(hanako)), authority }),
    revoked: await exhibit(revoked),
    expired: await exhibit(expired),
    "of a CA that was revoked": await exhibit(await ruined.phone(hanako)),
    "whose status cannot be had": await exhibit(silent),
    "whose status is of three days ago": await exhibit(stale),
    "whose status is signed by a stranger": await exhibit(forged),
    "whose status is signed by another subscriber": await exhibit(fromSubscriber),
    "whose CRL is another distribution point's": await exhibit(moved),
  };
}

interface StatusSigners {
  ocsp: Authority;
  crl: CrlIssuer;
  now?: Date;
}

/** Serves "good" for a certificate below a name of the front, by OCSP and by CRL. */
async function answerGood(
  front: Front,
  name: string,
  { authority, serial, distributionPoint }: Phone,
  { ocsp, crl, now = new Date() }: StatusSigners,
): Promise<void> {
  const good = { certId: makeCertId(authority, "sha1", serial), status: { status: "good" as const } };
  const answer = await makeOcspResponse(ocsp, [good], { now });
  front.give(`${name}-ocsp`, always("application/ocsp-response", answer));
  const times = { thisUpdate: now, nextUpdate: new Date(now.getTime() + day) };
  const list = await makeCrl(crl, { ...times, number: 1n, entries: [], distributionPoint });
  front.give(`${name}-crl`, always("application/pkix-crl", list));
}

/** Another CA's keys under the names and key identifiers of ours. */
const signingFor = (
  { issuer, ...ours }: Authority,
  { keyStore, ocspSigner, ocspSignerKeyId, issuingKeyId }: Authority,
): StatusSigners => ({
  ocsp: { ...ours, issuer, keyStore, ocspSigner, ocspSignerKeyId },
  crl: { issuer, keyStore, issuingKeyId },
});

/** The key of a certificate that our CA issued for something else: no extendedKeyUsage for OCSP, no cRLSign. */
async function signingAsSubscriber(authority: Authority, directory: string): Promise<StatusSigners> {
  const keyStore = await openSoftwareKeyStore(join(directory, "subscriber"), "x");
  const subjectPublicKey = await keyStore.generate("subscriber", "P-256");
  const { certificate } = await issue(authority, { subjectPublicKey });
  const ocsp = { ...authority, keyStore, ocspSigner: certificate, ocspSignerKeyId: "subscriber" };
  return { ocsp, crl: { ...authority, keyStore, issuingKeyId: "subscriber" } };
}

/** The same signature over another pseudonym. */
function withAnotherSubject(certificate: Uint8Array): Uint8Array {
  const changed = Buffer.from(certificate);
  for (let at = changed.indexOf("hanako"); at >= 0; at = changed.indexOf("hanako", at + 1))
    changed.write("tanaka", at);
  return new Uint8Array(changed);
}
