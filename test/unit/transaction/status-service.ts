import { createHash, KeyObject, sign, webcrypto } from "node:crypto";
import {
  BasicOCSPResponse,
  CertStatus,
  id_pkix_ocsp_basic,
  id_pkix_ocsp_nonce,
  KeyHash,
  OCSPRequest,
  OCSPResponse,
  OCSPResponseStatus,
  ResponderID,
  ResponseBytes,
  ResponseData,
  RevokedInfo,
  SingleResponse,
} from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  CRLDistributionPointsExtension,
  Extension,
  X509CrlGenerator,
  X509CrlReason,
} from "@peculiar/x509";
import type { StatusFetch } from "../../../client/relying-party/certificate.ts";
import { type Certified, rootCrlAddress } from "./authority.ts";

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const crlNumber = "2.5.29.20";
const crlAddress = "http://ca.example/1.crl";
const ocspAddress = "http://ca.example/ocsp";

/** What a certificate says of where its status is asked. */
export const statusExtensions = (): Extension[] => [
  new CRLDistributionPointsExtension([crlAddress]),
  new AuthorityInfoAccessExtension({ ocsp: ocspAddress }),
];

/** What the CA says at a moment: whose certificates are revoked, since when. */
export interface Said {
  at: Date;
  revoked?: Map<Uint8Array, Date>;
  /** Those of the root. */
  rootRevoked?: Map<Uint8Array, Date>;
  /** Ends then; an hour later by default. */
  nextUpdate?: Date;
  /** Answers another nonce than the one asked with. */
  otherNonce?: boolean;
}

/** The CAs that are asked. */
export interface Authorities {
  root: Certified;
  issuing: Certified;
}

/** Serves the root's CRL, and CRL and OCSP of an issuing CA, over a `fetch`; `asked` has every address asked. */
export function statusService(
  { root, issuing }: Authorities,
  { rootRevoked, ...said }: Said,
): { fetch: StatusFetch; asked: string[] } {
  const asked: string[] = [];
  const fetch: StatusFetch = async (url, { method, body }) => {
    asked.push(`${method ?? "GET"} ${url}`);
    if (url === rootCrlAddress)
      return new Response(await crlOf(root, { ...said, ...(rootRevoked && { revoked: rootRevoked }) }));
    if (url === crlAddress) return new Response(await crlOf(issuing, said));
    if (url === ocspAddress && method === "POST" && body) return new Response(ocspOf(issuing, said, body));
    return new Response(null, { status: 404 });
  };
  return { fetch, asked };
}

/** OCSP has whole seconds (RFC 6960 §4.2.2.1). */
const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
const nextUpdateOf = ({ at, nextUpdate }: Said): Date => nextUpdate ?? new Date(at.getTime() + 3_600_000);

async function crlOf(issuing: Certified, said: Said): Promise<ArrayBuffer> {
  const crl = await X509CrlGenerator.create(
    {
      issuer: issuing.certificate.subjectName.toJSON(),
      thisUpdate: said.at,
      nextUpdate: nextUpdateOf(said),
      entries: [...(said.revoked ?? [])].map(([der, revocationDate]) => ({
        serialNumber: Buffer.from(serialOf(der)).toString("hex"),
        revocationDate,
        reason: X509CrlReason.keyCompromise,
      })),
      signingKey: issuing.keys.privateKey,
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      extensions: [
        await AuthorityKeyIdentifierExtension.create(issuing.keys.publicKey, false, webcrypto),
        new Extension(crlNumber, false, Uint8Array.from([2, 1, 1])),
      ],
    },
    webcrypto,
  );
  return crl.rawData;
}

/** Signed by the issuing CA itself (RFC 6960 §4.2.2.2). */
function ocspOf(issuing: Certified, said: Said, request: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const { tbsRequest } = AsnConvert.parse(request, OCSPRequest);
  const certID = tbsRequest.requestList[0]!.reqCert;
  const revocationTime = [...(said.revoked ?? [])].find(([der]) =>
    Buffer.from(serialOf(der)).equals(Buffer.from(certID.serialNumber)),
  )?.[1];
  const nonce = tbsRequest.requestExtensions?.find(({ extnID }) => extnID === id_pkix_ocsp_nonce);
  if (nonce && said.otherNonce) nonce.extnValue = new OctetString(Buffer.from([4, 2, 1, 2]));
  const keyBits = AsnConvert.parse(issuing.der, Certificate).tbsCertificate.subjectPublicKeyInfo
    .subjectPublicKey;
  const tbsResponseData = new ResponseData({
    responderID: new ResponderID({
      byKey: new KeyHash(createHash("sha1").update(new Uint8Array(keyBits)).digest()),
    }),
    producedAt: wholeSeconds(said.at),
    responses: [
      new SingleResponse({
        certID,
        certStatus: new CertStatus(
          revocationTime
            ? { revoked: new RevokedInfo({ revocationTime: wholeSeconds(revocationTime) }) }
            : { good: null },
        ),
        thisUpdate: wholeSeconds(said.at),
        nextUpdate: wholeSeconds(nextUpdateOf(said)),
      }),
    ],
    ...(nonce && { responseExtensions: [nonce] }),
  });
  const key = KeyObject.from(issuing.keys.privateKey);
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(tbsResponseData)), key);
  const basic = new BasicOCSPResponse({
    tbsResponseData,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 }),
    signature: Uint8Array.from(signature).buffer,
  });
  return AsnConvert.serialize(
    new OCSPResponse({
      responseStatus: OCSPResponseStatus.successful,
      responseBytes: new ResponseBytes({
        responseType: id_pkix_ocsp_basic,
        response: new OctetString(AsnConvert.serialize(basic)),
      }),
    }),
  );
}

/** Content of the INTEGER. */
const serialOf = (der: Uint8Array): ArrayBuffer =>
  AsnConvert.parse(der, Certificate).tbsCertificate.serialNumber;
