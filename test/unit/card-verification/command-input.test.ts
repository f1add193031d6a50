import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { at, ca, folder, path, run, withCardFiles } from "./card-command.ts";
import { crlOf } from "./test-crl.ts";

withCardFiles();

describe("kazasu card verify, given what it cannot read", () => {
  const unreadable: [string, () => string[], RegExp][] = [
    ["no such file", () => ["--cms", path("missing")], /missing cannot be read \(ENOENT\)/],
    ["a folder", () => ["--cms", folder], /EISDIR/],
    [
      "no time",
      () => ["--cms", path("cms.der"), "--at", "tomorrow"],
      /--at tomorrow is not an ISO 8601 time/,
    ],
    ...["2026-02-30", "2026-13-01", "2026-00-10", "2025-02-29", "2026-04-31T09:00:00Z"].map(
      (time): [string, () => string[], RegExp] => [
        `the day ${time}`,
        () => ["--cms", path("cms.der"), "--at", time],
        new RegExp(`--at ${time} is not an existing date and time`),
      ],
    ),
    ...[
      "2026-06-01T24:00:00Z",
      "2026-06-01T09:60:00Z",
      "2026-06-01T23:59:60Z",
      "2026-06-01T09:00:00+24:00",
    ].map((time): [string, () => string[], RegExp] => [
      `the time ${time}`,
      () => ["--cms", path("cms.der"), "--at", time],
      /is not an existing date and time/,
    ]),
    [
      "a time without zone",
      () => ["--cms", path("cms.der"), "--at", "2026-06-01T09:00:00"],
      /--at 2026-06-01T09:00:00 has no zone\. Use for example 2026-06-01T09:00:00\+09:00/,
    ],
    ["a PEM certificate as CMS", () => ["--cms", path("ca.pem")], /ca\.pem holds a certificate, not a CMS/],
    ["a DER certificate as CMS", () => ["--cms", path("ca.der")], /ca\.der holds a certificate, not a CMS/],
    [
      "a certificate in base64 as CMS",
      () => {
        writeFileSync(path("ca.txt"), ca.certificate.toString("base64"));
        return ["--cms", path("ca.txt")];
      },
      /ca\.txt holds a certificate, not a CMS/,
    ],
    [
      "a CRL as CMS",
      () => {
        writeFileSync(path("list.der"), crlOf(ca, {}));
        return ["--cms", path("list.der")];
      },
      /list\.der holds a CRL, not a CMS/,
    ],
    [
      "a private key as CMS",
      () => {
        writeFileSync(path("key.pem"), "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n");
        return ["--cms", path("key.pem")];
      },
      /holds a private key, not a CMS/,
    ],
    [
      "a label that is not known",
      () => {
        writeFileSync(path("odd.pem"), "-----BEGIN SOMETHING-----\nMIGH\n-----END SOMETHING-----\n");
        return ["--cms", path("odd.pem")];
      },
      /odd\.pem holds a "SOMETHING", not a CMS/,
    ],
    [
      "PEM that was cut off",
      () => {
        writeFileSync(path("cut.pem"), readFileSync(path("cms.pem")).subarray(0, 200));
        return ["--cms", path("cut.pem")];
      },
      /cut\.pem begins as PEM and has no end/,
    ],
    [
      "PEM with other letters in it",
      () => {
        writeFileSync(path("changed.pem"), readFileSync(path("cms.pem"), "latin1").replace("\nMII", "\nM*I"));
        return ["--cms", path("changed.pem")];
      },
      /The PEM in .*changed\.pem is not base64/,
    ],
    [
      "a certificate as CRL",
      () => ["--cms", path("cms.der"), "--anchor", path("ca.pem"), ...at, "--crl", path("ca.pem")],
      /ca\.pem holds a certificate, not a CRL/,
    ],
    ["text as CMS", () => ["--cms", path("content.txt")], /holds no CMS: it is neither DER, PEM nor base64/],
    [
      "text as CRL",
      () => ["--cms", path("cms.der"), "--anchor", path("ca.pem"), ...at, "--crl", path("content.txt")],
      /holds no CRL: it is neither/,
    ],
    [
      "an empty file",
      () => {
        writeFileSync(path("empty"), "");
        return ["--cms", path("empty")];
      },
      /empty holds no CMS: it is empty/,
    ],
    [
      "an S/MIME message",
      () => {
        writeFileSync(path("mail.eml"), "MIME-Version: 1.0\nContent-Type: multipart/signed\n\nhello\n");
        return ["--cms", path("mail.eml")];
      },
      /it is an S\/MIME message\. Give its signature part/,
    ],
    [
      "base64url",
      () => {
        writeFileSync(path("url.txt"), "MIIB-_aa");
        return ["--cms", path("url.txt")];
      },
      /it looks like base64url\. Decode it/,
    ],
    [
      "two CMS in one file",
      () => {
        const one = readFileSync(path("cms.pem"), "utf8");
        writeFileSync(path("two.pem"), one + one);
        return ["--cms", path("two.pem")];
      },
      /two\.pem holds 2 of them\. Give one CMS at a time/,
    ],
    ["a file without end", () => ["--cms", "/dev/zero"], /\/dev\/zero is larger than 1048576 bytes/],
    [
      "a content beside a CMS that has one",
      () => ["--cms", path("cms.der"), "--content", path("content.txt")],
      /has its content attached: omit --content/,
    ],
    [
      "no content at all",
      () => ["--cms", path("detached.der")],
      /has no attached content: pass the signed content with --content/,
    ],
    [
      "no trust anchor in the file",
      () => ["--cms", path("cms.der"), "--anchor", path("content.txt")],
      /is no trust anchor/,
    ],
  ];
  test.each(unreadable)("fail/%s: exit 3 and one sentence", async (_, args, sentence) => {
    const { out, err, code } = await run(...args(), "--json");
    expect([out, code]).toEqual(["", 3]);
    expect(err).toMatch(sentence);
  });
});
