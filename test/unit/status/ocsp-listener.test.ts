import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { OCSPRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import type { Extension } from "@peculiar/asn1-x509";
import pino from "pino";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { type StatusListeners, startStatusListeners } from "../../../status/status-listeners.ts";
import { issue } from "../ca/issuing.ts";
import { opensslAsync, scratchDirectory, writePem } from "../ca/openssl.ts";
import { twoGenerations } from "./generations.ts";
import { MemoryRegistry } from "./memory-registry.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authorities: Authorities;
let old: Authority;
let active: Authority;
let registry: MemoryRegistry;
let listeners: StatusListeners;
let now: Date;
/** A certificate of each generation, as openssl wants them. */
let chains: Record<"g1" | "g2", { root: string; issuing: string; leaf: string; serial: string }>;

const start = (more: Partial<Parameters<typeof startStatusListeners>[0]> = {}) =>
  startStatusListeners({
    authorities: () => authorities,
    registry,
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    crlBase: "http://crl.example",
    log: pino({ level: "silent" }),
    clock: () => now,
    crlFreshWithinMs: 60_000,
    ...more,
  });

const chainOf = async (authority: Authority) => {
  const { generation } = authority;
  const { serial, certificate } = await issue(authority);
  return {
    root: writePem(scratch.path, `${generation}-root.pem`, "CERTIFICATE", authority.root),
    issuing: writePem(scratch.path, `${generation}-issuing.pem`, "CERTIFICATE", authority.issuing),
    leaf: writePem(scratch.path, `${generation}-leaf.pem`, "CERTIFICATE", certificate),
    serial,
  };
};

beforeAll(async () => {
  scratch = scratchDirectory();
  ({ authorities, old, active } = await twoGenerations(join(scratch.path, "ca")));
  chains = { g1: await chainOf(old), g2: await chainOf(active) };
});
afterAll(() => scratch.remove());
beforeEach(async () => {
  now = new Date();
  registry = new MemoryRegistry();
  for (const generation of ["g1", "g2"] as const) registry.issued(chains[generation].serial, { generation });
  listeners = await start();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await listeners.close();
});

/** Asks as `openssl ocsp`, which verifies signature, delegation and times, with a nonce unless told otherwise. */
const ask = (more: string[] = [], { root, issuing, leaf } = chains.g2) =>
  opensslAsync(
    ["ocsp", "-url", listeners.ocsp, "-CAfile", root, "-verify_other", issuing, "-issuer", issuing].concat(
      more,
      ["-cert", leaf],
    ),
  );
const requestOf = (more: string[] = [], { issuing, leaf } = chains.g2): Buffer =>
  execFileSync("openssl", ["ocsp", "-issuer", issuing, ...more, "-cert", leaf, "-reqout", "-"]);
const post = (body: Uint8Array, type = "application/ocsp-request") =>
  fetch(listeners.ocsp, { method: "POST", headers: { "content-type": type }, body: Buffer.from(body) });
const get = (request: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${listeners.ocsp}/${encodeURIComponent(Buffer.from(request).toString("base64"))}`, { headers });
const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());
/** What `openssl ocsp` reads in a response. */
const textOf = async (response: Response): Promise<string> => {
  const file = join(scratch.path, "response.der");
  writeFileSync(file, await bytes(response));
  return (await opensslAsync(["ocsp", "-respin", file, "-noverify", "-resp_text"])).output;
};
const statusOf = async (response: Response): Promise<string> => {
  const text = await textOf(response);
  return /OCSP Response Status: (\w+)|Responder Error: (\w+)/.exec(text)?.slice(1).find(Boolean) ?? text;
};
const certStatusOf = async (response: Response): Promise<string> =>
  /Cert Status: (\w+)/.exec(await textOf(response))?.[1] ?? "none";
/** Until a condition holds; it fails with the suite's own limit when it never does. */
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
};
const health = async () => {
  const response = await fetch(`${listeners.ocsp}/health`);
  return { code: response.status, body: (await response.json()) as { status: string; checks: unknown[] } };
};

describe("OCSP listener", () => {
  test("ok/ good, for SHA-1 and SHA-256, with and without nonce", async () => {
    for (const more of [[], ["-no_nonce"], ["-sha256"], ["-sha256", "-no_nonce"]]) {
      const { code, output } = await ask(more);
      expect(output).toContain("Response verify OK");
      expect(output).toContain(`${chains.g2.leaf}: good`);
      expect(output).not.toContain("WARNING");
      expect(code).toBe(0);
    }
  });

  test("ok/ the issuer chooses the generation: the old one answers by its own signer", async () => {
    for (const more of [[], ["-no_nonce"]]) {
      const { output } = await ask(more, chains.g1);
      expect(output).toContain("Response verify OK");
      expect(output).toContain(`${chains.g1.leaf}: good`);
    }
    // A serial of the other generation is none of this issuer's.
    const { output } = await ask(["-serial", `0x${chains.g2.serial}`], chains.g1);
    expect(output).toContain(`0x${chains.g2.serial}: unknown`);
    // OpenSSL takes the name from the certificate and the key from the issuer: together they are nobody of ours.
    const neither = await ask(["-no_nonce"], { ...chains.g1, leaf: chains.g2.leaf });
    expect(neither.output).toContain("unauthorized");
  });

  test("ok/ revoked at once with a nonce, with time and reason", async () => {
    registry.revoke(chains.g2.serial, "keyCompromise", new Date("2026-01-02T03:04:05.678Z"));
    const { output } = await ask();
    expect(output).toContain("Response verify OK");
    expect(output).toMatch(
      /: revoked[\s\S]*Reason: keyCompromise\s+Revocation Time: Jan {2}2 03:04:05 2026 GMT/,
    );
  });

  test("ok/ revoked within seconds where good was cached, and never good again", async () => {
    expect((await ask(["-no_nonce"])).output).toContain(": good");
    registry.revoke(chains.g2.serial, "superseded");
    const begin = Date.now();
    await until(async () => (await ask(["-no_nonce"])).output.includes(": revoked"));
    expect(Date.now() - begin).toBeLessThan(30_000);
    expect((await ask(["-no_nonce", "-sha256"])).output).toContain(": revoked");
  });

  test("ok/ an intended serial that is not stored is unknown, and revoked once it is", async () => {
    const { serial } = chains.g2;
    registry.issued(serial, { generation: "g2", stored: false });
    await listeners.close();
    listeners = await start();
    for (const more of [[], ["-no_nonce"]]) expect((await ask(more)).output).toContain(": unknown");
    registry.revoke(serial, "superseded");
    for (const more of [[], ["-no_nonce"]]) expect((await ask(more)).output).toContain(": revoked");
  });

  test("ok/ a certificate issued a moment after it was unknown is good at once", async () => {
    const { serial, certificate } = await issue(active);
    const leaf = writePem(scratch.path, "later.pem", "CERTIFICATE", certificate);
    const later = { ...chains.g2, leaf };
    const unknown = await get(requestOf(["-no_nonce"], later));
    expect(unknown.headers.get("cache-control")).toBe("no-store");
    const text = await textOf(unknown);
    expect(text).toContain("Cert Status: unknown");
    const [from, to] = ["This", "Next"].map(
      (which) => new Date(new RegExp(`${which} Update: (.*)`).exec(text)![1]!),
    );
    expect(to!.getTime() - from!.getTime()).toBe(60_000);
    registry.issued(serial, { generation: "g2" });
    expect((await ask(["-no_nonce"], later)).output).toContain("later.pem: good");
  });

  /** Arguments of `openssl ocsp` that name what a request is about. */
  const ours = () => ["-issuer", chains.g2.issuing, "-cert", chains.g2.leaf];
  const ofAnotherIssuer = () => ["-issuer", chains.g2.root, "-serial", `0x${chains.g2.serial}`];
  const ofAnUnknownHash = () => ["-issuer", chains.g2.issuing, "-sha384", "-cert", chains.g2.leaf];
  test.each([
    ["another issuer", ofAnotherIssuer],
    ["an unknown hash", ofAnUnknownHash],
    ["one of ours beside one of another issuer", () => ours().concat(ofAnotherIssuer())],
    ["one of ours beside one with an unknown hash", () => ours().concat(ofAnUnknownHash())],
  ])("fail/ %s is unauthorized, for which Postgres is not asked", async (_name, args) => {
    registry.down = true;
    for (const nonce of ["-nonce", "-no_nonce"]) {
      const request = execFileSync("openssl", ["ocsp", nonce, ...args(), "-reqout", "-"]);
      for (const response of [await post(request), await get(request)]) {
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect(await statusOf(response)).toBe("unauthorized");
      }
    }
  });

  test("fail/ what is unauthorized does not use up anybody's signatures", async () => {
    await listeners.close();
    listeners = await start({ onlinePerSecond: 100, onlinePerSecondAndAddress: 1 });
    const other = execFileSync("openssl", ["ocsp", ...ofAnotherIssuer(), "-reqout", "-"]);
    for (let time = 0; time < 5; time += 1) expect(await statusOf(await post(other))).toBe("unauthorized");
    expect(await statusOf(await post(requestOf(["-nonce"])))).toBe("successful");
  });

  test("ok/ several serials in one request are answered each for itself", async () => {
    const { serial: other } = await issue(active);
    registry.issued(other, { generation: "g2" });
    registry.revoke(other, "superseded");
    const { output } = await ask(["-serial", `0x${other}`]);
    expect(output).toContain("leaf.pem: good");
    expect(output).toContain(`0x${other}: revoked`);
  });

  test("fail/ certificates of two generations in one request: unauthorized, for no signer may answer for both", async () => {
    const first = ["-cert", chains.g2.leaf, "-issuer", chains.g1.issuing];
    expect(await statusOf(await post(requestOf(first, { ...chains.g2, leaf: chains.g1.leaf })))).toBe(
      "unauthorized",
    );
  });

  test("ok/ the signer is delegated: its certificate comes along and names itself by key", async () => {
    const text = await textOf(await post(requestOf()));
    expect(text).toContain("OCSP Signing");
    expect(text).toMatch(/Responder Id: [0-9A-F]{40}/);
    expect(text).toContain("Next Update");
    expect(text).toContain("OCSP Nonce");
  });

  test("ok/ without a nonce everybody gets the same bytes, and the registry is not asked", async () => {
    const request = requestOf(["-no_nonce"]);
    const first = await bytes(await post(request));
    const reads = registry.statusReads;
    expect(await bytes(await post(request))).toEqual(first);
    expect(await bytes(await get(request))).toEqual(first);
    expect(registry.statusReads).toBe(reads);
    const nonced = await bytes(await post(requestOf(["-nonce"])));
    expect(nonced).not.toEqual(first);
    expect(registry.statusReads).toBe(reads + 1);
  });

  test("ok/ good is signed before anybody asks", async () => {
    await until(async () => registry.statusReads === 1);
    registry.down = true;
    const request = requestOf(["-no_nonce"]);
    await until(async () => (await certStatusOf(await post(request))) === "good");
    expect(registry.statusReads).toBe(1);
  });

  test("ok/ a CertID is answered in the form it was asked in, with its parameters or without", async () => {
    const parsed = AsnConvert.parse(new Uint8Array(requestOf(["-sha256", "-no_nonce"])), OCSPRequest);
    delete parsed.tbsRequest.requestList[0]!.reqCert.hashAlgorithm.parameters;
    const absent = new Uint8Array(AsnConvert.serialize(parsed));
    const certId = Buffer.from(AsnConvert.serialize(parsed.tbsRequest.requestList[0]!.reqCert));
    for (let time = 0; time < 2; time += 1) {
      const answer = await bytes(await post(absent));
      expect(answer.includes(certId)).toBe(true);
    }
    const asUsual = await bytes(await post(requestOf(["-sha256", "-no_nonce"])));
    expect(asUsual.includes(certId)).toBe(false);
  });

  test("ok/ GET, escaped and plain, with one slash more, cacheable without a nonce", async () => {
    const request = requestOf(["-no_nonce"]);
    const base64 = request.toString("base64");
    for (const path of [encodeURIComponent(base64), base64, `/${base64}`]) {
      const response = await fetch(`${listeners.ocsp}/${path}`);
      expect(response.headers.get("content-type")).toBe("application/ocsp-response");
      expect(response.headers.get("cache-control")).toBe("max-age=30, public, no-transform, must-revalidate");
      const text = await textOf(response);
      const stated = (which: string) => new Date(new RegExp(`${which}: (.*)`).exec(text)![1]!).toUTCString();
      expect(response.headers.get("last-modified")).toBe(stated("This Update"));
      expect(response.headers.get("expires")).toBe(stated("Next Update"));
    }
    const etag = (await get(request)).headers.get("etag")!;
    expect((await get(request, { "if-none-match": etag })).status).toBe(304);
    expect((await get(request, { "if-none-match": '"other"' })).status).toBe(200);
    expect((await get(requestOf(["-nonce"]))).headers.get("cache-control")).toBe("no-store");
    expect((await post(request)).headers.get("cache-control")).toBe("no-store");
  });

  test("ok/ GET with // and /../ inside the base64 is not taken for a path", async () => {
    // Serials whose base64 has `//` in it: three octets of 0xff, at each alignment.
    for (const digits of ["5fffffffff", "5fffffffffff", "5fffffffffffff"]) {
      registry.issued(digits, { generation: "g2" });
      const request = execFileSync("openssl", [
        "ocsp",
        "-issuer",
        chains.g2.issuing,
        "-serial",
        `0x${digits}`,
        "-no_nonce",
        "-reqout",
        "-",
      ]).toString("base64");
      expect(request).toContain("//");
      expect(await certStatusOf(await fetch(`${listeners.ocsp}/${request}`))).toBe("good");
    }
    expect(await statusOf(await fetch(`${listeners.ocsp}/..%2f..%2fissuing.crl`))).toBe("malformedrequest");
  });

  test("fail/ a serial in more octets than it needs is not DER: malformedRequest", async () => {
    const { serial } = await issue(active);
    registry.issued(serial, { generation: "g2" });
    const ofSerial = execFileSync("openssl", [
      "ocsp",
      "-issuer",
      chains.g2.issuing,
      "-serial",
      `0x${serial}`,
      "-no_nonce",
      "-reqout",
      "-",
    ]);
    const parsed = AsnConvert.parse(new Uint8Array(ofSerial), OCSPRequest);
    parsed.tbsRequest.requestList[0]!.reqCert.serialNumber = new Uint8Array(
      Buffer.concat([Buffer.of(0), Buffer.from(serial, "hex")]),
    ).buffer;
    const padded = await post(new Uint8Array(AsnConvert.serialize(parsed)));
    expect(await statusOf(padded)).toBe("malformedrequest");
  });

  test.each([
    ["empty", ""],
    ["bad percent-encoding", "%zz%"],
    ["not base64", "%20%20"],
    ["base64 of nothing known", "AAAA"],
    ["too long", "M".repeat(5_600)],
  ])("fail/ GET %s is malformedRequest", async (_name, path) => {
    const response = await fetch(`${listeners.ocsp}/${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await statusOf(response)).toBe("malformedrequest");
  });

  test("fail/ POST of garbage, nothing, trailing bytes, a huge nonce, a critical extension is malformedRequest", async () => {
    const request = requestOf();
    const changed = (change: (extension: Extension) => void): Uint8Array => {
      const parsed = AsnConvert.parse(new Uint8Array(request), OCSPRequest);
      change(parsed.tbsRequest.requestExtensions![0]!);
      return new Uint8Array(AsnConvert.serialize(parsed));
    };
    const garbage = [
      Buffer.from("garbage"),
      Buffer.alloc(0),
      Buffer.concat([request, Buffer.of(0)]),
      changed((nonce) => {
        nonce.extnValue = new OctetString(AsnConvert.serialize(new OctetString(new Uint8Array(129))));
      }),
      changed((nonce) => Object.assign(nonce, { extnID: "1.3.6.1.5.5.7.48.1.7", critical: true })),
    ];
    for (const body of garbage) expect(await statusOf(await post(body))).toBe("malformedrequest");
  });

  test("fail/ another content type is 415, a body over 4 KB 413, another method or path no OCSP", async () => {
    expect((await post(requestOf(), "application/json")).status).toBe(415);
    expect((await post(new Uint8Array(4_097))).status).toBe(413);
    expect((await fetch(listeners.ocsp, { method: "PUT" })).status).toBe(404);
    expect((await fetch(`${listeners.ocsp}/other`, { method: "POST" })).status).toBe(404);
  });

  test("fail/ who asks for too many signatures is told to try later; what is cached costs none", async () => {
    await listeners.close();
    listeners = await start({ onlinePerSecond: 100, onlinePerSecondAndAddress: 2 });
    const statuses: string[] = [];
    for (let time = 0; time < 6; time += 1) statuses.push(await statusOf(await post(requestOf(["-nonce"]))));
    expect(statuses).toEqual([...Array(4).fill("successful"), "trylater", "trylater"]);
    expect((await ask(["-no_nonce"])).output).toContain(": good");
    now = new Date(now.getTime() + 1_000);
    expect(await statusOf(await post(requestOf(["-nonce"])))).toBe("successful");
  });

  test("fail/ with the registry down, cached answers go on until nextUpdate, the others are tryLater", async () => {
    const cached = requestOf(["-no_nonce"]);
    await until(async () => (await certStatusOf(await post(cached))) === "good");
    registry.down = true;
    const other = await post(requestOf(["-nonce"]));
    expect(other.headers.get("cache-control")).toBe("no-store");
    expect(await statusOf(other)).toBe("trylater");
    now = new Date(now.getTime() + 3_590_000);
    expect(await certStatusOf(await post(cached))).toBe("good");
    now = new Date(now.getTime() + 20_000);
    expect(await statusOf(await post(cached))).toBe("trylater");
    registry.down = false;
    expect(await certStatusOf(await post(cached))).toBe("good");
  });

  test("fail/ health turns yellow when revocations cannot be seen, red before the cached answers end", async () => {
    await until(async () => (await certStatusOf(await post(requestOf(["-no_nonce"])))) === "good");
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
    registry.down = true;
    now = new Date(now.getTime() + 61_000);
    expect(await health()).toMatchObject({ code: 200, body: { status: "yellow" } });
    now = new Date(now.getTime() + 2_700_000);
    const { code, body } = await health();
    expect(code).toBe(503);
    expect(body.checks).toContainEqual({
      name: "ocsp answers",
      status: "red",
      detail: expect.stringMatching(
        /^\d of \d were not renewed .* the first ends at .* check that Postgres answers/,
      ),
    });
    expect(await certStatusOf(await post(requestOf(["-no_nonce"])))).toBe("good");
  });

  test("fail/ with the signer down the answer is internalError", async () => {
    jest.spyOn(active.keyStore, "sign").mockRejectedValue(new Error("The signer does not answer."));
    expect(await statusOf(await post(requestOf()))).toBe("internalerror");
  });
});
