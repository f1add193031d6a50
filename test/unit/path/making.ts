import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Certificate, readCertificate } from "../../../pki/x509/certificate.ts";

/** Makes certificates as these tests want them, right or wrong, with a DER writer of its own. */

export const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = [...Array(4).keys()].map((octet) => (length >>> (24 - 8 * octet)) & 0xff);
  while (long[0] === 0) long.shift();
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | long.length, ...long];
  return Buffer.concat([Buffer.from(header), content]);
};
export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const integer = (value: number): Buffer => {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  return der(0x02, ...(octets[0]! >= 0x80 ? [Buffer.from([0])] : []), octets);
};
export const oid = (dotted: string): Buffer => {
  const [first, second, ...rest] = dotted.split(".").map(Number) as [number, number, ...number[]];
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(octets));
};
export const yes = der(0x01, Buffer.from([0xff]));
const text = (value: string) => der(0x0c, Buffer.from(value));

/** `C=JP, CN=…`; an empty text is an empty name. */
export const nameOf = (commonName: string, emailAddress?: string): Buffer =>
  commonName === ""
    ? sequence()
    : sequence(
        der(0x31, sequence(oid("2.5.4.6"), text("JP"))),
        der(0x31, sequence(oid("2.5.4.3"), text(commonName))),
        ...(emailAddress === undefined
          ? []
          : [der(0x31, sequence(oid("1.2.840.113549.1.9.1"), der(0x16, Buffer.from(emailAddress))))]),
      );

export interface Ext {
  oid: string;
  value: Uint8Array;
  critical?: boolean;
}
export const ext = {
  ca: (pathLength?: number): Ext => ({
    oid: "2.5.29.19",
    critical: true,
    value: sequence(yes, ...(pathLength === undefined ? [] : [integer(pathLength)])),
  }),
  usage: (bits: number): Ext => {
    const unused = 7 - [...Array(8).keys()].findLast((bit) => (bits >> bit) & 1)!;
    const octet = [...Array(8).keys()].reduce((sum, bit) => sum | (((bits >> bit) & 1) << (7 - bit)), 0);
    return { oid: "2.5.29.15", critical: true, value: der(0x03, Buffer.from([unused, octet])) };
  },
  purposes: (...ids: string[]): Ext => ({ oid: "2.5.29.37", value: sequence(...ids.map(oid)) }),
  policies: (...ids: string[]): Ext => ({
    oid: "2.5.29.32",
    value: sequence(...ids.map((id) => sequence(oid(id)))),
  }),
  mappings: (...pairs: [string, string][]): Ext => ({
    oid: "2.5.29.33",
    critical: true,
    value: sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to)))),
  }),
  altNames: (...names: Uint8Array[]): Ext => ({ oid: "2.5.29.17", value: sequence(...names) }),
  constraints: (permitted: Uint8Array[], excluded: Uint8Array[] = []): Ext => ({
    oid: "2.5.29.30",
    critical: true,
    value: sequence(
      ...[permitted, excluded].flatMap((bases, tag) =>
        bases.length === 0 ? [] : [der(0xa0 + tag, ...bases.map((base) => sequence(base)))],
      ),
    ),
  }),
  other: (id: string, critical = true): Ext => ({ oid: id, critical, value: sequence() }),
};

export interface Key {
  privateKey: KeyObject;
  spki: Uint8Array;
}
export const makeKey = (namedCurve = "P-256"): Key => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return { privateKey, spki: new Uint8Array(publicKey.export({ format: "der", type: "spki" })) };
};

export interface Made {
  subject: string;
  /** A mail address in the subject. */
  emailAddress?: string;
  /** The subject's key. */
  key: Key;
  issuer?: string;
  /** The key that signs; the subject's own where it is absent. */
  by?: Key;
  extensions?: readonly Ext[];
  notBefore?: string;
  notAfter?: string;
  version?: 1 | 3;
}

let serial = 0x1000;
const utcTime = (iso: string) => der(0x17, Buffer.from(iso.slice(2).replaceAll(/[-:T]/g, "")));
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));

const extensionsOf = (extensions: readonly Ext[]): Buffer =>
  sequence(
    ...extensions.map((one) => sequence(oid(one.oid), ...(one.critical ? [yes] : []), der(0x04, one.value))),
  );

export function make(made: Made): Certificate {
  const { subject, key, issuer = subject, by = key, version = 3 } = made;
  const extensions = made.extensions ?? [ext.ca()];
  const tbs = sequence(
    ...(version === 3 ? [der(0xa0, integer(2))] : []),
    integer((serial += 1)),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(
      utcTime(made.notBefore ?? "2026-01-01T00:00:00Z"),
      utcTime(made.notAfter ?? "2036-01-01T00:00:00Z"),
    ),
    nameOf(subject, made.emailAddress),
    key.spki,
    ...(extensions.length === 0 ? [] : [der(0xa3, extensionsOf(extensions))]),
  );
  const signature = sign("sha256", tbs, by.privateKey);
  const bits = der(0x03, Buffer.from([0]), signature);
  return readCertificate(new Uint8Array(sequence(tbs, ecdsaWithSha256, bits)));
}

/** A CA of a key of its own, below another one or by itself. */
export interface Ca {
  name: string;
  key: Key;
  certificate: Certificate;
}
export function makeCa(name: string, above?: Ca, extensions: readonly Ext[] = [ext.ca()]): Ca {
  const key = makeKey();
  const signed = above ? { issuer: above.name, by: above.key } : {};
  return { name, key, certificate: make({ subject: name, key, extensions, ...signed }) };
}

export const makeSigner = (above: Ca, more: Partial<Made> = {}): Certificate =>
  make({ subject: "signer", key: makeKey(), issuer: above.name, by: above.key, extensions: [], ...more });

export interface MadeCrl {
  /** Certificates that it lists. */
  revoked?: readonly Certificate[];
  extensions?: readonly Ext[];
  /** The key that signs, where it is another one than the CA's. */
  by?: Key;
}

/** A CRL of a CA (DER), good on {@link at} of finding.ts. */
export function makeCrl(
  { name, key }: Ca,
  { revoked = [], extensions = [], by = key }: MadeCrl = {},
): Uint8Array {
  const number: Ext = { oid: "2.5.29.20", value: integer(1) };
  const serialOf = (certificate: Certificate) => der(0x02, Buffer.from(certificate.serial, "hex"));
  const entries = revoked.map((one) => sequence(serialOf(one), utcTime("2026-02-01T00:00:00Z")));
  const tbs = sequence(
    integer(1),
    ecdsaWithSha256,
    nameOf(name),
    utcTime("2026-05-31T00:00:00Z"),
    utcTime("2026-06-30T00:00:00Z"),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    der(0xa0, extensionsOf([number, ...extensions])),
  );
  const bits = der(0x03, Buffer.from([0]), sign("sha256", tbs, by.privateKey));
  return new Uint8Array(sequence(tbs, ecdsaWithSha256, bits));
}
