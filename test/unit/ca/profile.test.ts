import { createECDH } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Authority } from "../../../pki/ca/authority.ts";
import { isWeakKey, type publishedPrivateKeys } from "../../../pki/ca/lint/weak-keys.ts";
import { attribute } from "../../../pki/ca/profiles/attribute.ts";
import { basic } from "../../../pki/ca/profiles/basic.ts";
import { type Profile, ProfileError, profileHash } from "../../../pki/ca/profiles/profile.ts";
import { allProfiles, profileByHash, profiles } from "../../../pki/ca/profiles/profiles.ts";
import { type SubjectAttributes, subjectOf } from "../../../pki/ca/profiles/subject.ts";
import { makeTbs } from "../../../pki/ca/tbs.ts";
import { ensureAuthority } from "./development-authority.ts";
import { hanako, issue, lintContext, linted, pseudonym, tbsInput } from "./issuing.ts";
import { openssl, scratchDirectory } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;

beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: join(scratch.path, "ca"), passphrase });
});
afterAll(() => scratch.remove());

const person = (more: Partial<SubjectAttributes>): SubjectAttributes => ({ ...hanako, ...more });

/** What OpenSSL reads in a certificate of the person. */
async function read(profile: Profile, attributes?: SubjectAttributes) {
  const { certificate } = await issue(authority, { profile, ...(attributes && { attributes }) });
  const subject = openssl(
    ["x509", "-inform", "DER", "-noout", "-subject", "-nameopt", "utf8,sep_multiline"],
    certificate,
  );
  return {
    subject: subject
      .split("\n")
      .slice(1)
      // U+3000 at the end of a name stays: it is what this looks at.
      .flatMap((line) => (line === "" ? [] : [line.replace(/^ +/, "")])),
    structure: openssl(["asn1parse", "-inform", "DER"], certificate),
    /** The content of an extension, taken apart in its turn. */
    inside: (id: string): string => {
      const lines = openssl(["asn1parse", "-inform", "DER"], certificate).split("\n");
      const at = lines.findIndex((line) => line.includes(`:${id}`));
      const offset = /^ *(\d+):/.exec(lines.slice(at).find((line) => line.includes("OCTET STRING"))!)![1]!;
      return openssl(["asn1parse", "-inform", "DER", "-strparse", offset], certificate);
    },
  };
}

const code = (attributes: SubjectAttributes | undefined, profile: Profile = attribute): string => {
  try {
    subjectOf(profile, pseudonym, attributes);
    return "none";
  } catch (error) {
    expect(error).toBeInstanceOf(ProfileError);
    // The message goes to logs and to the app.
    for (const value of [hanako.name, "花子"]) expect((error as ProfileError).message).not.toContain(value);
    return (error as ProfileError).code;
  }
};

describe("profiles", () => {
  test("ok/ each is found by name and, in any version, by hash; basic 1 is unchanged", () => {
    expect(profiles.basic).toBe(basic);
    expect(profiles.attribute).toBe(attribute);
    for (const profile of allProfiles) expect(profileByHash(profileHash(profile))).toBe(profile);
    // Intents are stored with it: a changed profile is a new version, and these stay.
    expect(profileHash(basic)).toBe("WztY3PVW1KijwLz2sQ62NZbF9Q_RhFSLYyGAIKE4DrA");
    expect(profileHash(attribute)).toBe("9qnWTN65hJHBQGQHX_ME7P14JfBuQf1559t5IGJyl4g");
    expect(() => profileByHash("AAAA")).toThrow("keep the old version");
  });

  test("ok/ attribute: the name in two parts, serialNumber, date of birth at noon and gender; no address", async () => {
    const { subject, structure, inside } = await read(attribute, hanako);
    expect(subject).toEqual(["C=JP", "CN=山田　花子", "SN=山田", "GN=花子", `serialNumber=${pseudonym}`]);
    const directory = inside("X509v3 Subject Directory Attributes");
    expect(directory).toContain("GENERALIZEDTIME   :19801231120000Z");
    expect(directory).toMatch(/id-pda-gender\s[\s\S]*PRINTABLESTRING +:F/);
    expect(structure).not.toContain("千代田");
  });

  test.each([
    ["one part", "マドンナ"],
    ["three parts", "ＳＭＩＴＨ　ＪＯＨＮ　ＰＡＵＬ"],
    ["a half-width space", "山田 花子"],
    ["a space at the end", "山田　"],
    ["two spaces", "山田　　花子"],
  ])("ok/ attribute: a name of %s is not split; the certificate has a pseudonym", async (_, name) => {
    const { subject } = await read(attribute, person({ name }));
    expect(subject).toEqual(["C=JP", `CN=${name}`, `pseudonym=${pseudonym}`, `serialNumber=${pseudonym}`]);
  });

  test.each([
    ["400000000", "unknown", undefined],
    ["319800000", "male", "M"],
    ["319801200", "female", "F"],
    ["319800231", "female", "F"],
  ] as const)(
    "ok/ attribute: a date of birth of %s is left out, and gender %s",
    async (dateOfBirth, sex, text) => {
      const { structure, inside } = await read(attribute, person({ dateOfBirth, sex }));
      const id = "X509v3 Subject Directory Attributes";
      if (text === undefined) expect(structure).not.toContain(id);
      else {
        expect(inside(id)).toContain(`PRINTABLESTRING   :${text}`);
        expect(inside(id)).not.toContain("GENERALIZEDTIME");
      }
    },
  );

  test("ok/ attribute: born before 1970, on a leap day, and characters beyond the BMP", async () => {
    const { subject, inside } = await read(
      attribute,
      person({ name: "𠮷田　髙彦", dateOfBirth: "319480229" }),
    );
    expect(subject).toContain("SN=𠮷田");
    expect(inside("X509v3 Subject Directory Attributes")).toContain("19480229120000Z");
  });

  test("ok/ a name may have 64 characters at most, counted as characters", async () => {
    const name = `${"𠮷".repeat(31)}　${"花".repeat(32)}`;
    const { subject } = await read(attribute, person({ name }));
    expect(subject).toContain(`CN=${name}`);
    expect(code(person({ name: `${name}子` }))).toBe("COMMON_NAME_TOO_LONG");
  });

  test("fail/ names and attributes that a profile cannot hold", () => {
    expect(code(undefined)).toBe("ATTRIBUTES_MISSING");
    expect(code(hanako, basic)).toBe("ATTRIBUTES_UNWANTED");
    expect(code(person({ name: "" }))).toBe("COMMON_NAME_EMPTY");
    expect(code(person({ name: "　" }))).toBe("COMMON_NAME_EMPTY");
    expect(code(person({ name: "山田\u0000花子" }))).toBe("COMMON_NAME_UNPRINTABLE");
    expect(code(person({ name: "山田\n花子" }))).toBe("COMMON_NAME_UNPRINTABLE");
    expect(code(person({ name: "山田\ud842" }))).toBe("COMMON_NAME_UNPRINTABLE");
    expect(code(hanako)).toBe("none");
    expect(() => makeTbs(tbsInput(authority, { profile: attribute }))).toThrow(ProfileError);
  });

  test("ok/ the certificate has the qcStatements and further policies of its profile", async () => {
    const qualified: Profile = {
      ...attribute,
      furtherPolicies: ["0.4.0.2042.1.1"],
      qcStatements: [
        { statement: "QcCompliance" },
        { statement: "QcType", type: "esign" },
        { statement: "QcPDS", locations: [{ url: "https://ca.example/pds", language: "en" }] },
        { statement: "QcCClegislation", countries: ["JP"] },
      ],
    };
    const { structure, inside } = await read(qualified, hanako);
    const objects = inside("qcStatements").match(/(?<=(?:OBJECT|PRINTABLESTRING) +:).+$/gm);
    expect(objects).toEqual([
      "0.4.0.1862.1.1",
      "0.4.0.1862.1.6",
      "0.4.0.1862.1.6.1",
      "0.4.0.1862.1.5",
      "en",
      "0.4.0.1862.1.7",
      "JP",
    ]);
    expect(inside("qcStatements")).toContain("IA5STRING         :https://ca.example/pds");
    expect(structure).not.toContain("critical");
    expect(inside("X509v3 Certificate Policies")).toMatch(/32473\.1\.2[\s\S]*:0\.4\.0\.2042\.1\.1/);
  });

  test("ok/ a certificate is linted by the version it was made with, not by the newest", async () => {
    const next: Profile = { ...basic, version: 2, policy: "1.3.6.1.4.1.32473.1.9" };
    const { tbs } = makeTbs(tbsInput(authority));
    await linted(tbs, lintContext(authority, { profile: basic }));
    await expect(linted(tbs, lintContext(authority, { profile: next }))).rejects.toThrow(
      "certificate-policies",
    );
  });
});

describe("weak keys", () => {
  /** The public parts as the same documents print them: x, base64url. */
  const published: Record<keyof typeof publishedPrivateKeys, string> = {
    "RFC 6979 A.2.5": "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y",
    "RFC 7515 A.3": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "RFC 7517 A.2": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "RFC 7518 C, Alice": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
    "RFC 7518 C, Bob": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
    "RFC 8291 A, application server": "_jP0qw3qcZFNtVgj9ztUlI9BMG2SBzLbuaWaUyhkgiA",
    "RFC 8291 A, user agent": "JXGyvs3942BVGq8e0PTNNmwRzr5VX4m8t7GGpTM5FzE",
  };

  test.each(Object.entries(published))("fail/ %s", (name, x) => {
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.alloc(32)]);
    expect([name, isWeakKey(point)]).toEqual([name, true]);
  });

  test("fail/ small scalars and their negatives; ok/ others", () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const point = (scalar: bigint) => {
      const ecdh = createECDH("prime256v1");
      ecdh.setPrivateKey(scalar.toString(16).padStart(64, "0"), "hex");
      return ecdh.getPublicKey();
    };
    for (const scalar of [1n, 2n, 1_024n, order - 1n, order - 77n])
      expect(isWeakKey(point(scalar))).toBe(true);
    for (const scalar of [1_025n, order - 1_025n, order / 2n]) expect(isWeakKey(point(scalar))).toBe(false);
  });
});
