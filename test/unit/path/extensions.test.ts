import { describe, expect, test } from "@jest/globals";
import { BadCertificate, type ExtensionType, readExtension } from "../../../pki/x509/extension.ts";
import { nameConstraints } from "../../../pki/x509/name-constraints.ts";
import { certificatePolicies } from "../../../pki/x509/policies.ts";
import { subjectAltName } from "../../../pki/x509/subject-alt-name.ts";
import { der, integer, oid, sequence } from "./making.ts";

const read = <T>(type: ExtensionType<T>, value: Uint8Array): T | undefined =>
  readExtension(new Map([[type.oid, { critical: true, value }]]), type);
const text = (value: string) => der(0x0c, Buffer.from(value));
const octets = (...all: number[]) => Buffer.from(all);
const qualifier = sequence(oid("1.3.6.1.5.5.7.2.1"), der(0x16, Buffer.from("http://ca/cps")));
const other = (value: Uint8Array) => sequence(der(0xa0, oid("1.2.3"), der(0xa0, value)));

/** What passes over a part of an extension looks at it all the same. */
describe("extensions are read to their last octet", () => {
  test.each<[string, ExtensionType<unknown>, Uint8Array]>([
    ["an address of IPv4", subjectAltName, sequence(der(0x87, octets(192, 0, 2, 1)))],
    ["an address of IPv6", subjectAltName, sequence(der(0x87, Buffer.alloc(16)))],
    ["the name of an EDI party", subjectAltName, sequence(der(0xa5, der(0xa1, text("x"))))],
    [
      "the same with who assigned it",
      subjectAltName,
      sequence(der(0xa5, der(0xa0, text("a")), der(0xa1, text("x")))),
    ],
    ["a BMPString in a name of another form", subjectAltName, other(der(0x1e, octets(0, 0x41)))],
    ["a policy with a qualifier", certificatePolicies, sequence(sequence(oid("1.2.3"), sequence(qualifier)))],
  ])("ok/%s", (_, type, value) => {
    expect(read(type, value)).toHaveLength(1);
  });

  test.each<[string, ExtensionType<unknown>, Uint8Array]>([
    ["an address with a mask", subjectAltName, sequence(der(0x87, octets(192, 0, 2, 0, 255, 255, 255, 0)))],
    [
      "a subtree of addresses without a mask",
      nameConstraints,
      sequence(der(0xa0, sequence(der(0x87, octets(192, 0, 2, 1))))),
    ],
    ["an address of five octets", subjectAltName, sequence(der(0x87, octets(192, 0, 2, 1, 9)))],
    [
      "a subtree of addresses without all of its mask",
      nameConstraints,
      sequence(der(0xa0, sequence(der(0x87, octets(192, 0, 2, 0, 255, 255))))),
    ],
    ["an EDI party without a name", subjectAltName, sequence(der(0xa5, der(0xa0, text("a"))))],
    ["an EDI party that is a number", subjectAltName, sequence(der(0xa5, der(0xa1, integer(1))))],
    [
      "an EDI party with more than its name",
      subjectAltName,
      sequence(der(0xa5, der(0xa1, text("x"), text("y")))),
    ],
    ["half a character", subjectAltName, other(der(0x1e, octets(0x41)))],
    ["a quarter of one", subjectAltName, other(der(0x1c, octets(0x41)))],
    [
      "a policy whose qualifiers are another policy",
      certificatePolicies,
      sequence(sequence(oid("1.2.3"), oid("1.2.4"))),
    ],
    [
      "a policy with an empty list of qualifiers",
      certificatePolicies,
      sequence(sequence(oid("1.2.3"), sequence())),
    ],
    [
      "a qualifier without what qualifies",
      certificatePolicies,
      sequence(sequence(oid("1.2.3"), sequence(sequence(oid("1.3.6.1.5.5.7.2.1"))))),
    ],
  ])("bad/%s", (_, type, value) => {
    expect(() => read(type, value)).toThrow(BadCertificate);
  });
});
