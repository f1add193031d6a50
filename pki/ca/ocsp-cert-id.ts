import { createHash } from "node:crypto";
import { CertID } from "@peculiar/asn1-ocsp";
import { OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { sameBytes } from "../der/bytes.ts";
import { tags } from "../der/cursor.ts";
import type { CertId } from "../ocsp/response.ts";
import { isSerialInRange, serialContent } from "../x509/serial-number.ts";
import type { Authority } from "./authority.ts";
import { bufferOf, encodeDer } from "./der.ts";

/**
 * How a CertID identifies its issuer: by SHA-1, the only one old clients support, or SHA-256 (RFC 9919 §3.1.1). Clients encode
 * the hash's parameters as NULL or omit them, and some compare the answer's CertID by its bytes: both are distinguished.
 */
export const certIdForms = ["sha256", "sha1", "sha256/absent", "sha1/absent"] as const;
export type CertIdForm = (typeof certIdForms)[number];

type Hash = "sha1" | "sha256";
const oids: Record<Hash, string> = { sha1: "1.3.14.3.2.26", sha256: "2.16.840.1.101.3.4.2.1" };

/** A queried certificate of one of our issuers. */
export interface KnownCertId {
  /** The generation of the named issuing CA. */
  authority: Authority;
  form: CertIdForm;
  /** In the form of certificates (pki/x509/serial-number.ts). */
  serial: string;
  /** Whether the number can be one of ours. */
  isPossible: boolean;
}

/** Parses a CertID (RFC 6960 §4.1.1). `undefined` if its issuer, or its form, is not ours. */
export function knownCertId(authorities: readonly Authority[], certId: CertId): KnownCertId | undefined {
  const { oid, parameters } = certId.hashAlgorithm;
  const hash = (["sha1", "sha256"] as const).find((name) => oids[name] === oid);
  if (hash === undefined) return undefined;
  if (parameters !== undefined && parameters[0] !== tags.null) return undefined;
  const authority = authorities.find((each) => {
    const { name, key } = issuerHashes(each, hash);
    return sameBytes(name, certId.issuerNameHash) && sameBytes(key, certId.issuerKeyHash);
  });
  return (
    authority && {
      authority,
      form: parameters === undefined ? `${hash}/absent` : hash,
      serial: certId.serial,
      isPossible: isSerialInRange(certId.serial),
    }
  );
}

/** Encodes the CertID of a serial in its single form: bytes of a client are never signed. */
export function makeCertId(authority: Authority, form: CertIdForm, serial: string): CertID {
  const [hash, absent] = form.split("/") as [Hash, string?];
  const { name, key } = issuerHashes(authority, hash);
  return new CertID({
    hashAlgorithm: new AlgorithmIdentifier({
      algorithm: oids[hash],
      ...(absent === undefined ? { parameters: null } : {}),
    }),
    issuerNameHash: new OctetString(bufferOf(name)),
    issuerKeyHash: new OctetString(bufferOf(key)),
    serialNumber: bufferOf(serialContent(serial)),
  });
}

const known = new WeakMap<Authority, Map<Hash, { name: Buffer; key: Buffer }>>();

function issuerHashes(authority: Authority, hash: Hash): { name: Buffer; key: Buffer } {
  const byHash = known.get(authority) ?? new Map<Hash, { name: Buffer; key: Buffer }>();
  known.set(authority, byHash);
  const { issuer } = authority;
  const hashes = byHash.get(hash) ?? {
    name: digest(hash, encodeDer(issuer.name)),
    key: digest(hash, new Uint8Array(issuer.subjectPublicKey)),
  };
  byHash.set(hash, hashes);
  return hashes;
}

const digest = (hash: Hash, data: Uint8Array): Buffer => createHash(hash).update(data).digest();
