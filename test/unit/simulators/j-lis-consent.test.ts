import { constants, privateEncrypt, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { signWithCard } from "../../../client/app/cms.ts";
import { termFrom } from "../../../simulators/j-lis/consent.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { signBy, signByCard, signKeyOf } from "./card-signer.ts";
import { call } from "./jlis-client.ts";
import { openssl } from "./openssl.ts";

let directory: string;
let server: Awaited<ReturnType<typeof startJlis>>;
let url: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "jlis-"));
  server = await startJlis({ directory });
  ({ url } = server);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

async function resident(more: object = {}): Promise<string> {
  const card = randomUUID();
  await call(url, "POST", "/town-hall/residents", { card, ...more });
  return card;
}

async function minted(variant: string): Promise<string> {
  const card = randomUUID();
  await call(url, "POST", "/control/cards", { card, variant });
  return card;
}

async function send(cms: Uint8Array, at = url) {
  const headers = { "content-type": "application/pkcs7-mime" };
  const response = await fetch(`${at}/consents`, { method: "POST", headers, body: new Uint8Array(cms) });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

const content = { type: "kazasu/register-consent/1", attributes: ["name", "address"] };

describe("term of a consent", () => {
  test.each([
    // JPKI's own example: received 2023-05-18 10:00, 2023-05-19 00:00 to 2033-05-18 23:59:59 in Japan.
    ["2023-05-18T10:00:00+09:00", "2023-05-19T00:00:00+09:00", "2033-05-18T23:59:59+09:00"],
    ["2023-05-18T00:00:00+09:00", "2023-05-19T00:00:00+09:00", "2033-05-18T23:59:59+09:00"],
    ["2023-05-18T23:59:59.999+09:00", "2023-05-19T00:00:00+09:00", "2033-05-18T23:59:59+09:00"],
    ["2023-12-31T12:00:00+09:00", "2024-01-01T00:00:00+09:00", "2033-12-31T23:59:59+09:00"],
    ["2024-02-29T12:00:00+09:00", "2024-03-01T00:00:00+09:00", "2034-02-28T23:59:59+09:00"],
    ["2024-02-28T12:00:00+09:00", "2024-02-29T00:00:00+09:00", "2034-02-28T23:59:59+09:00"],
    ["2022-02-28T12:00:00+09:00", "2022-03-01T00:00:00+09:00", "2032-02-29T23:59:59+09:00"],
  ])("ok/received %s: %s to %s", (received, from, until) => {
    const inUtc = (time: string) => new Date(time).toISOString();
    expect(termFrom(new Date(received))).toEqual({ validFrom: inUtc(from), validUntil: inUtc(until) });
  });

  test("ok/in force from receipt to the last second, expired in the next", async () => {
    let now = new Date("2023-05-18T01:00:00Z");
    const own = await mkdtemp(join(tmpdir(), "jlis-"));
    const jlis = await startJlis({ directory: own, clock: () => now });
    try {
      await call(jlis.url, "POST", "/town-hall/residents", { card: "early" });
      const { status, body } = await send(await signByCard(own, "early", content), jlis.url);
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String),
        state: "in-force",
        items: ["name", "address"],
        receivedAt: "2023-05-18T01:00:00.000Z",
        validFrom: "2023-05-18T15:00:00.000Z",
        validUntil: "2033-05-18T14:59:59.000Z",
      });
      const state = async () => (await call(jlis.url, "GET", `/consents/${body.id}`)).body.state;
      now = new Date("2033-05-18T14:59:59.999Z");
      expect(await state()).toBe("in-force");
      now = new Date("2033-05-18T15:00:00Z");
      expect(await state()).toBe("expired");
    } finally {
      await jlis.close();
      await rm(own, { recursive: true });
    }
  });
});

describe("signed consents", () => {
  test("ok/openssl accepts what is signed here, and so does J-LIS", async () => {
    const card = await resident();
    const cms = await signByCard(directory, card, content);
    const authorities = await (await fetch(`${url}/ca/sign.pem`)).text();
    const files = { "ca.pem": authorities, "consent.der": cms };
    const from = ["-inform", "DER", "-in", "consent.der", "-CAfile", "ca.pem", "-purpose", "any"];
    const { code, text } = await openssl(files, "cms", "-verify", ...from);
    expect(text).toContain(JSON.stringify(content));
    expect(code).toBe(0);
    expect(await send(cms)).toMatchObject({ status: 201, body: { state: "in-force" } });
  });

  test("ok/so is what a phone signs", async () => {
    const { key, certificate } = await signKeyOf(directory, await resident());
    const der = Buffer.from(certificate.replace(/-----[^-]+-----|\n/g, ""), "base64");
    const sha256 = Buffer.from("3031300d060960864801650304020105000420", "hex"); // of a DigestInfo
    const padding = constants.RSA_PKCS1_PADDING;
    const card = {
      certificate: new Uint8Array(der),
      sign: async (digest: Uint8Array) =>
        new Uint8Array(privateEncrypt({ key, padding }, Buffer.concat([sha256, digest]))),
    };
    const cms = await signWithCard(card, new TextEncoder().encode(JSON.stringify(content)));
    expect(await send(cms)).toMatchObject({ status: 201, body: { items: ["name", "address"] } });
  });

  test("fail/content, a signed attribute or the signature changed", async () => {
    const cms = await signByCard(directory, await resident(), content);
    const changed = (at: number) => {
      const copy = Buffer.from(cms);
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      return copy;
    };
    // The last digit of signingTime: its OID, then SET and UTCTime with their lengths, then YYMMDDHHMMSSZ.
    const signingTime = cms.indexOf(Buffer.from("2a864886f70d010905", "hex")) + 9 + 2 + 2 + 11;
    expect(cms.toString("latin1", signingTime - 11, signingTime + 2)).toMatch(/^\d{12}Z$/);
    for (const at of [cms.indexOf("name") + 3, signingTime, cms.length - 1]) {
      const answer = await send(changed(at));
      expect(answer).toMatchObject({ status: 422, body: { error: "SIGNATURE_MISMATCH" } });
    }
  });

  test("fail/one person's certificate beside another's signature", async () => {
    const [mine, theirs] = [await resident(), await resident()];
    const text = JSON.stringify(content);
    const cms = await signBy(await signKeyOf(directory, theirs), text);
    // RSA signatures are last, and all are 256 bytes: openssl itself signs with no other key than the certificate's.
    (await signBy(await signKeyOf(directory, mine), text)).subarray(-256).copy(cms, cms.length - 256);
    expect(await send(cms)).toMatchObject({ status: 422, body: { error: "SIGNATURE_MISMATCH" } });
  });

  test.each([
    ["same-name-ca"],
    ["same-name-ca-real-key-id"],
    ["other-name-ca"],
    ["issued-by-card"],
    ["auth-as-sign"],
    ["not-yet-valid"],
  ])("fail/signed with a card that is %s", async (variant) => {
    const cms = await signByCard(directory, await minted(variant), content);
    expect(await send(cms)).toMatchObject({ status: 422, body: { error: "UNSUPPORTED_CERTIFICATE" } });
  });

  test("fail/signed with a card that is expired", async () => {
    const cms = await signByCard(directory, await minted("expired"), content);
    expect(await send(cms)).toMatchObject({ status: 422, body: { error: "CERTIFICATE_EXPIRED" } });
  });

  test("fail/without the certificate, with one too many, with two signers", async () => {
    const [signer, other] = [
      await signKeyOf(directory, await resident()),
      await signKeyOf(directory, await resident()),
    ];
    const text = JSON.stringify(content);
    const files = { "other.pem": other.certificate, "other.key": other.key };
    const error = async (...more: string[]) =>
      (await send(await signBy(signer, text, more, files))).body.error;
    expect(await error("-nocerts")).toBe("UNSUPPORTED_CERTIFICATE");
    expect(await error("-certfile", "other.pem")).toBe("UNSUPPORTED_CERTIFICATE");
    expect(await error("-signer", "other.pem", "-inkey", "other.key")).toBe("REQUEST_FAILED");
  });

  test.each([
    ["a withdrawal", JSON.stringify({ type: "kazasu/register-consent-withdrawal/1", consentId: "x" })],
    ["an application", JSON.stringify({ ...content, type: "kazasu/application/1" })],
    ["no attribute", JSON.stringify({ ...content, attributes: [] })],
    ["an invalid attribute", JSON.stringify({ ...content, attributes: ["blood"] })],
    ["no JSON", "agreed"],
  ])("fail/content that is %s", async (_, text) => {
    const cms = await signBy(await signKeyOf(directory, await resident()), text);
    expect(await send(cms)).toMatchObject({ status: 422, body: { error: "REQUEST_FAILED" } });
  });

  test("fail/no signed attributes, cut short, no CMS, another type", async () => {
    const signer = await signKeyOf(directory, await resident());
    const text = JSON.stringify(content);
    const bare = await signBy(signer, text, ["-noattr"]);
    const cms = await signBy(signer, text);
    for (const bad of [bare, cms.subarray(0, 400), new Uint8Array([0x30, 0])])
      expect(await send(bad)).toMatchObject({ status: 422, body: { error: "REQUEST_FAILED" } });
    const json = await call(url, "POST", "/consents", {});
    expect(json).toMatchObject({ status: 415, body: { error: "NOT_A_CMS" } });
  });

  test("ok/the same CMS, ten at once: one consent", async () => {
    const cms = await signByCard(directory, await resident(), content);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(cms)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });
});

describe("what is kept", () => {
  test("ok/consents, what was delivered and the counts survive a restart", async () => {
    const own = await mkdtemp(join(tmpdir(), "jlis-"));
    try {
      const first = await startJlis({ directory: own });
      const { body } = await call(first.url, "POST", "/town-hall/residents", { card: "keeper" });
      const consent = (await send(await signByCard(own, "keeper", content), first.url)).body;
      await call(first.url, "POST", "/town-hall/residents/keeper/renew");
      const [{ issuerKeyId, serial }] = body.certificates;
      const request = { consentId: consent.id, certificate: { issuerKeyId, serial }, items: ["name"] };
      const answer = await call(first.url, "POST", "/attributes", request);
      expect(answer.status).toBe(200);
      await first.close();

      const second = await startJlis({ directory: own });
      expect((await call(second.url, "GET", `/consents/${consent.id}`)).body).toEqual(consent);
      expect(await call(second.url, "POST", "/attributes", request)).toEqual(answer);
      const billing = (await call(second.url, "GET", "/control/billing")).body;
      expect(billing).toMatchObject({ attributes: 1, consents: 1 });
      await second.close();
    } finally {
      await rm(own, { recursive: true });
    }
  });

  test("ok/a folder from before there were consents opens", async () => {
    const own = await mkdtemp(join(tmpdir(), "jlis-"));
    try {
      const first = await startJlis({ directory: own });
      await call(first.url, "POST", "/town-hall/residents", { card: "old" });
      await first.close();
      const books = join(own, "books.json");
      const stored = JSON.parse(await readFile(books, "utf8"));
      await writeFile(books, JSON.stringify({ ...stored, billing: { ocsp: 3, linkage: 2 } }));

      const second = await startJlis({ directory: own });
      const billing = (await call(second.url, "GET", "/control/billing")).body;
      expect(billing).toMatchObject({ ocsp: 3, linkage: 2, attributes: 0, consents: 0 });
      expect(await send(await signByCard(own, "old", content), second.url)).toMatchObject({ status: 201 });
      const { body } = await call(second.url, "POST", "/town-hall/residents/old/rename", {
        name: "新井　新",
      });
      expect(body).toMatchObject({
        certificateAttributes: { name: "新井　新" },
        consents: [{ state: "in-force" }],
      });
      await second.close();
    } finally {
      await rm(own, { recursive: true });
    }
  });
});
