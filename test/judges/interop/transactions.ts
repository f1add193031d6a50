import { X509Certificate } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CertificateChoices, CertificateSet, ContentInfo, SignedData } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { makeOutbound } from "../../../activities/delivery/outbound.ts";
import { askTimeStamp } from "../../../activities/delivery/time-stamp.ts";
import { checkSignature } from "../../../client/relying-party/cms-signature.ts";
import { timeStamped } from "../../../domain/transaction/time-stamp.ts";
import { makeCaCertificate } from "../../../pki/ca/ca-certificate.ts";
import { rootKeyIdOf } from "../../../pki/ca/generation.ts";
import { idData } from "../../../pki/cms/signed-data.ts";
import { startTimeStamps, type TimeStampSimulator } from "../../../simulators/tsa/server.ts";
import { type Phone, signTransfer, withAnotherAmount } from "../transactions/signing.ts";
import type { OnlineCa } from "./ca.ts";
import { type Exhibits, hanako } from "./cases.ts";
import type { Cas, Place } from "./place.ts";

/** Time-stamped transactions, and what a bank must not execute (EN 319 102-1 §5). */
export async function makeTransactions(cas: Cas, place: Place): Promise<Exhibits<"transaction">> {
  const { ours, ruined, strangers } = cas;
  const { directory, write, front } = place;
  const [tsa, unknownTsa] = [await startedAt(directory, "tsa"), await startedAt(directory, "unknown-tsa")];
  try {
    const root = await write("transaction-root.cer", ours.authority.root);
    // As a trusted list names it: the authority's own certificate.
    const stamper = await write("tsa.cer", derOf(await readFile(join(directory, "tsa/tsa.pem"), "utf8")));
    let count = 0;
    const exhibit = async (cms: Uint8Array, trusted = root): Promise<string[]> => [
      await write(`transaction-${++count}.cms`, cms),
      trusted,
      stamper,
      hanako,
    ];
    const by = (ca: OnlineCa, pseudonym = hanako) => ca.phone(pseudonym);
    const stamped = (phone: Phone, beside?: Uint8Array[]) => stampedBy(tsa, phone, beside);
    /** Its certificate is revoked so many seconds after the time-stamp. */
    const revokedAfter = async (
      seconds: number,
      authority: TimeStampSimulator = tsa,
    ): Promise<Uint8Array> => {
      const phone = await by(ours);
      const { cms, at } = await stampedBy(authority, phone);
      ours.registry.revoke(phone.serial, "cessationOfOperation", new Date(at.getTime() + seconds * 1000));
      return cms;
    };

    const phone = await by(ours);
    const { cms: good } = await stamped(phone);
    const { signature } = await checkSignature(good, idData);
    const customers = await by(ours, "pseudonym-of-taro");
    const stranger = await by(strangers);
    const silent = await ours.phone(hanako, {
      crlBase: `${front.url}/silent-crl`,
      ocsp: `${front.url}/silent-ocsp/`,
    });
    const ruinedRoot = await write("ruined-root.cer", ruined.authority.root);
    return {
      "as it was signed": await exhibit(good),
      "signed a second before its revocation": await exhibit(await revokedAfter(1)),
      "signed a second after its revocation": await exhibit(await revokedAfter(-1)),
      "its amount tampered with": await exhibit(withAnotherAmount(good)),
      "its signature tampered with": await exhibit(withAnotherSignature(good, signature)),
      "another customer's": await exhibit((await stamped(customers)).cms),
      "a stranger's": await exhibit((await stamped(stranger)).cms),
      "a stranger's beside a customer's certificate": await exhibit(
        (await stamped(stranger, [phone.certificate, ours.authority.issuing])).cms,
      ),
      "with another customer's certificate for the signer's": await exhibit(withCertificate(good, customers)),
      "without a time-stamp": await exhibit(await signTransfer(phone)),
      "with another transaction's time-stamp": await exhibit(withStampOf(good, (await stamped(phone)).cms)),
      "time-stamped by a stranger": await exhibit((await stampedBy(unknownTsa, phone)).cms),
      "time-stamped by a stranger, revoked since": await exhibit(await revokedAfter(1, unknownTsa)),
      "by a revoked CA": await exhibit((await stamped(await by(ruined))).cms, ruinedRoot),
      "by a revoked CA, with a certificate for its key by a stranger": await exhibit(
        (await stamped(await by(ruined), [await certifiedBy(strangers, ruined), ruined.authority.issuing]))
          .cms,
        ruinedRoot,
      ),
      "whose signer's status cannot be had": await exhibit((await stamped(silent)).cms),
    };
  } finally {
    await Promise.all([tsa.close(), unknownTsa.close()]);
  }
}

async function startedAt(directory: string, name: string): Promise<TimeStampSimulator> {
  await mkdir(join(directory, name));
  return startTimeStamps(join(directory, name));
}

async function stampedBy(tsa: TimeStampSimulator, phone: Phone, beside?: Uint8Array[]) {
  const outbound = makeOutbound({ allow: ({ hostname }) => hostname === "127.0.0.1" });
  const ask = (request: Uint8Array) => askTimeStamp(outbound, tsa.url, request);
  return timeStamped(await signTransfer(phone, beside), { ask, roots: [derOf(tsa.roots)] });
}

/** The same message with another last byte in the signature's value. */
function withAnotherSignature(cms: Uint8Array, signature: Uint8Array): Uint8Array {
  const changed = Buffer.from(cms);
  const last = changed.indexOf(signature) + signature.length - 1;
  changed.writeUInt8(changed.readUInt8(last) ^ 1, last);
  return new Uint8Array(changed);
}

function edited(cms: Uint8Array, edit: (data: SignedData) => void): Uint8Array {
  const info = AsnConvert.parse(cms, ContentInfo);
  const data = AsnConvert.parse(info.content, SignedData);
  edit(data);
  info.content = AsnConvert.serialize(data);
  return new Uint8Array(AsnConvert.serialize(info));
}

const withStampOf = (cms: Uint8Array, other: Uint8Array): Uint8Array =>
  edited(cms, ({ signerInfos: [signer] }) => {
    edited(other, ({ signerInfos: [theirs] }) => {
      signer!.unsignedAttrs = theirs!.unsignedAttrs!;
    });
  });

/** The signer is named as another customer, whose certificate is in the message. */
const withCertificate = (cms: Uint8Array, { certificate, authority }: Phone): Uint8Array =>
  edited(cms, (data) => {
    const named = AsnConvert.parse(certificate, Certificate);
    data.certificates = new CertificateSet(
      [certificate, authority.issuing].map(
        (der) => new CertificateChoices({ certificate: AsnConvert.parse(der, Certificate) }),
      ),
    );
    const sid = data.signerInfos[0]!.sid;
    sid.issuerAndSerialNumber!.serialNumber = named.tbsCertificate.serialNumber;
  });

/** The key and the name of a CA in a certificate of another root, which has not revoked it. */
function certifiedBy(
  { authority: { keyStore, root, generation } }: OnlineCa,
  { authority, rootCrl: crl }: OnlineCa,
) {
  const { issuing, issuer } = authority;
  const { notBefore, notAfter, name } = issuer;
  return makeCaCertificate({
    role: "issuing",
    name,
    publicKey: new Uint8Array(new X509Certificate(issuing).publicKey.export({ format: "der", type: "spki" })),
    validity: { notBefore, notAfter },
    signer: { keyStore, keyId: rootKeyIdOf(generation) },
    issuer: root,
    // The revoking root's own CRL, where the number of this certificate is not.
    addresses: { crl },
  });
}

const derOf = (text: string): Uint8Array => new Uint8Array(new X509Certificate(text).raw);
