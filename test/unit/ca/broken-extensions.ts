import { OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { bufferOf, encodeDer } from "../../../pki/ca/der.ts";
import { DirectoryValue, directoryAttributeTypes } from "../../../pki/ca/directory-attributes.ts";
import * as extension from "../../../pki/ca/extension.ts";
import { attribute } from "../../../pki/ca/profiles/attribute.ts";
import { basic } from "../../../pki/ca/profiles/basic.ts";
import { urls } from "./issuing.ts";
import * as mutation from "./mutation.ts";

/** Certificates that are wrong in their extensions. */

/** extKeyUsage for clientAuth. */
const clientAuthentication = "1.3.6.1.5.5.7.3.2";

export const without = (id: string) => (tbs: x509.TBSCertificate) => mutation.withoutExtension(tbs, id);
export const content = (id: string, value: () => object | Uint8Array) => (tbs: x509.TBSCertificate) =>
  mutation.setContent(tbs, id, value());
const critical = (id: string, isCritical: boolean) => (tbs: x509.TBSCertificate) => {
  mutation.extensionOf(tbs, id).critical = isCritical;
};
const uri = (text: string) => new x509.GeneralName({ uniformResourceIdentifier: text });
const points = (...addresses: string[]) =>
  new x509.CRLDistributionPoints(
    addresses.map(
      (address) =>
        new x509.DistributionPoint({
          distributionPoint: new x509.DistributionPointName({ fullName: [uri(address)] }),
        }),
    ),
  );
const accesses = (...locations: [string, string][]) =>
  new x509.AuthorityInfoAccessSyntax(
    locations.map(
      ([accessMethod, address]) => new x509.AccessDescription({ accessMethod, accessLocation: uri(address) }),
    ),
  );
const directory = (...attributes: [string, DirectoryValue[]][]) =>
  new x509.SubjectDirectoryAttributes(
    attributes.map(
      ([type, values]) =>
        new x509.Attribute({ type, values: values.map((value) => bufferOf(encodeDer(value))) }),
    ),
  );
const { dateOfBirth, gender } = directoryAttributeTypes;
const ocsp: [string, string] = [x509.id_ad_ocsp, urls.ocsp];
const issuers: [string, string] = [x509.id_ad_caIssuers, "http://crl.example/g1/issuing.cer"];

export const brokenExtensions: mutation.Break[] = [
  [
    "extension-known",
    "unknown and critical",
    (tbs) =>
      mutation.withExtension(
        tbs,
        new x509.Extension({
          extnID: "1.3.6.1.4.1.32473.9",
          critical: true,
          extnValue: new OctetString(Buffer.of(5, 0)),
        }),
      ),
  ],
  [
    "extension-known",
    "extKeyUsage",
    (tbs) => mutation.withExtension(tbs, extension.extendedKeyUsage(clientAuthentication)),
  ],
  [
    "extension-known",
    "a person's data in basic",
    (tbs) =>
      mutation.withExtension(
        tbs,
        extension.subjectDirectoryAttributes(directory([gender, [new DirectoryValue({ text: "F" })]])),
      ),
  ],
  [
    "extension-known",
    "qcStatements in basic",
    (tbs) => mutation.withExtension(tbs, extension.qcStatements([{ statement: "QcCompliance" }])),
  ],
  ["extension-criticality", "policies critical", critical(x509.id_ce_certificatePolicies, true)],
  ["extension-criticality", "keyUsage not critical", critical(x509.id_ce_keyUsage, false)],
  ["extension-criticality", "CRLDP critical", critical(x509.id_ce_cRLDistributionPoints, true)],
  [
    "extension-content-der",
    "more behind",
    (tbs) => {
      const { extnValue } = mutation.extensionOf(tbs, x509.id_ce_subjectKeyIdentifier);
      mutation.setContent(
        tbs,
        x509.id_ce_subjectKeyIdentifier,
        Buffer.concat([Buffer.from(extnValue.buffer), Buffer.of(5, 0)]),
      );
    },
  ],
  [
    "extension-content-der",
    "a default written out",
    content(x509.id_ce_basicConstraints, () => Buffer.from("3003010100", "hex")),
  ],
  ["authority-key-identifier", "none", without(x509.id_ce_authorityKeyIdentifier)],
  ["subject-key-identifier", "none", without(x509.id_ce_subjectKeyIdentifier)],
  [
    "subject-key-identifier",
    "of another key",
    content(x509.id_ce_subjectKeyIdentifier, () => new x509.SubjectKeyIdentifier(new Uint8Array(20))),
  ],
  ["key-usage", "none", without(x509.id_ce_keyUsage)],
  [
    "key-usage",
    "keyAgreement as well",
    content(
      x509.id_ce_keyUsage,
      () =>
        new x509.KeyUsage(
          x509.KeyUsageFlags.digitalSignature |
            x509.KeyUsageFlags.nonRepudiation |
            x509.KeyUsageFlags.keyAgreement,
        ),
    ),
  ],
  [
    "key-usage",
    "one less",
    content(x509.id_ce_keyUsage, () => new x509.KeyUsage(x509.KeyUsageFlags.nonRepudiation)),
  ],
  ["key-usage", "zero bits behind", content(x509.id_ce_keyUsage, () => Buffer.from("030205c0", "hex"))],
  ["basic-constraints", "none", without(x509.id_ce_basicConstraints)],
  ["certificate-policies", "none", without(x509.id_ce_certificatePolicies)],
  [
    "certificate-policies",
    "another profile's",
    (tbs) => {
      const { extnValue } = extension.certificatePolicies(attribute.policy, urls.cps);
      mutation.extensionOf(tbs, x509.id_ce_certificatePolicies).extnValue = extnValue;
    },
  ],
  [
    "certificate-policies",
    "another practice statement",
    (tbs) => {
      const { extnValue } = extension.certificatePolicies(basic.policy, "https://elsewhere.example/cps");
      mutation.extensionOf(tbs, x509.id_ce_certificatePolicies).extnValue = extnValue;
    },
  ],
  ["crl-distribution-point", "none", without(x509.id_ce_cRLDistributionPoints)],
  [
    "crl-distribution-point",
    "https",
    content(x509.id_ce_cRLDistributionPoints, () => points("https://crl.example/g1/0.crl")),
  ],
  [
    "crl-distribution-point",
    "elsewhere",
    content(x509.id_ce_cRLDistributionPoints, () => points("http://crl.example.org/g1/0.crl")),
  ],
  [
    "crl-distribution-point",
    "two",
    content(x509.id_ce_cRLDistributionPoints, () =>
      points("http://crl.example/g1/0.crl", "http://crl.example/g1/1.crl"),
    ),
  ],
  [
    "crl-distribution-point",
    "no shard",
    content(x509.id_ce_cRLDistributionPoints, () => points("http://crl.example/g1/issuing.crl")),
  ],
  ["authority-information-access", "none", without(x509.id_pe_authorityInfoAccess)],
  [
    "authority-information-access",
    "no OCSP",
    content(x509.id_pe_authorityInfoAccess, () => accesses(issuers)),
  ],
  [
    "authority-information-access",
    "OCSP by https",
    content(x509.id_pe_authorityInfoAccess, () =>
      accesses([x509.id_ad_ocsp, "https://ocsp.example/"], issuers),
    ),
  ],
  [
    "authority-information-access",
    "no issuer",
    content(x509.id_pe_authorityInfoAccess, () => accesses(ocsp)),
  ],
  [
    "authority-information-access",
    "an issuer elsewhere",
    content(x509.id_pe_authorityInfoAccess, () =>
      accesses(ocsp, [x509.id_ad_caIssuers, "http://elsewhere.example/g1/issuing.cer"]),
    ),
  ],
  [
    "one-generation",
    "two",
    content(x509.id_pe_authorityInfoAccess, () =>
      accesses(ocsp, [x509.id_ad_caIssuers, "http://crl.example/g2/issuing.cer"]),
    ),
  ],
  [
    "directory-attributes",
    "a birth at midnight",
    content(x509.id_ce_subjectDirectoryAttributes, () =>
      directory([dateOfBirth, [new DirectoryValue({ date: new Date("1980-12-31T00:00:00Z") })]]),
    ),
    attribute,
  ],
  [
    "directory-attributes",
    "a birth to come",
    content(x509.id_ce_subjectDirectoryAttributes, () =>
      directory([dateOfBirth, [new DirectoryValue({ date: new Date("2049-12-31T12:00:00Z") })]]),
    ),
    attribute,
  ],
  [
    "directory-attributes",
    "a gender of its own",
    content(x509.id_ce_subjectDirectoryAttributes, () =>
      directory([gender, [new DirectoryValue({ text: "X" })]]),
    ),
    attribute,
  ],
  [
    "directory-attributes",
    "two genders",
    content(x509.id_ce_subjectDirectoryAttributes, () =>
      directory([gender, [new DirectoryValue({ text: "F" }), new DirectoryValue({ text: "M" })]]),
    ),
    attribute,
  ],
  [
    "directory-attributes",
    "of another type",
    content(x509.id_ce_subjectDirectoryAttributes, () =>
      directory(["1.3.6.1.5.5.7.9.4", [new DirectoryValue({ text: "JP" })]]),
    ),
    attribute,
  ],
  [
    "directory-attributes",
    "a gender in UTF8String",
    content(x509.id_ce_subjectDirectoryAttributes, () =>
      Buffer.from("3011300f06082b0601050507090331030c0146", "hex"),
    ),
    attribute,
  ],
];

export const widelyBrokenExtensions: mutation.WiderBreak[] = [
  [
    "extension-once",
    "two subjectKeyIdentifiers",
    (tbs) => mutation.withExtension(tbs, mutation.extensionOf(tbs, x509.id_ce_subjectKeyIdentifier)),
    ["issued-by-issuer"],
  ],
  [
    "authority-key-identifier",
    "another's",
    content(
      x509.id_ce_authorityKeyIdentifier,
      () => new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(new Uint8Array(20)) }),
    ),
    ["issued-by-issuer"],
  ],
  [
    "basic-constraints",
    "of a CA",
    content(x509.id_ce_basicConstraints, () => new x509.BasicConstraints({ cA: true })),
    // OpenSSL takes nobody for a CA whose keyUsage cannot sign certificates.
    ["two-readers-agree"],
  ],
];
