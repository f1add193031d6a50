import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { OCSPRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import pino from "pino";
import { type StatusListeners, startStatusListeners } from "../../../gateway/status/status-listeners.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { ensureAuthority } from "../../../pki/ca/ceremony.ts";
import { issue } from "../ca/issuing.ts";
import { opensslAsync, scratchDirectory, writePem } from "../ca/openssl.ts";
import { MemoryRegistry } from "./memory-registry.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let registry: MemoryRegistry;
let listeners: StatusListeners;
let root: string;
let issuing: string;
let leaf: string;
let serial: string;

beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: join(scratch.path, "ca"), passphrase: "x" });
  root = writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root);
  issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
  const issued = await issue(authority);
  serial = issued.serial;
  leaf = writePem(scratch.path, "leaf.pem", "CERTIFICATE", issued.certificate);
});
afterAll(() => scratch.remove());
beforeEach(async () => {
  registry = new MemoryRegistry();
  registry.issued(serial);
  listeners = await startStatusListeners({
    authority,
    registry,
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    log: pino({ level: "silent" }),
  });
});
afterEach(() => listeners.close());

/** Asks as `openssl ocsp`, which verifies signature, delegation and times, with a nonce unless told otherwise. */
const ask = (...more: string[]) =>
  opensslAsync([
    "ocsp",
    "-url",
    listeners.ocsp,
    "-CAfile",
    root,
    "-verify_other",
    issuing,
    "-issuer",
    issuing,
    ...more,
    "-cert",
    leaf,
  ]);
const requestOf = (...more: string[]): Buffer =>
  execFileSync("openssl", ["ocsp", "-issuer", issuing, "-cert", leaf, ...more, "-reqout", "-"]);
const post = (body: Uint8Array, type = "application/ocsp-request") =>
  fetch(listeners.ocsp, { method: "POST", headers: { "content-type": type }, body: Buffer.from(body) });
/** What `openssl ocsp` reads in a response. */
const textOf = async (response: Response): Promise<string> => {
  const file = join(scratch.path, "response.der");
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return (await opensslAsync(["ocsp", "-respin", file, "-noverify", "-resp_text"])).output;
};
const statusOf = async (response: Response): Promise<string> => {
  const text = await textOf(response);
  return /OCSP Response Status: (\w+)|Responder Error: (\w+)/.exec(text)?.slice(1).find(Boolean) ?? text;
};

describe("OCSP listener", () => {
  test("ok/ good, for SHA-1 and SHA-256, with and without nonce", async () => {
    for (const more of [[], ["-no_nonce"], ["-sha256"], ["-sha256", "-no_nonce"]]) {
      const { code, output } = await ask(...more);
      expect(output).toContain("Response verify OK");
      expect(output).toContain(`${leaf}: good`);
      expect(output).not.toContain("WARNING");
      expect(code).toBe(0);
    }
  });

  test("ok/ revoked at once, with time and reason", async () => {
    registry.revoke(serial, "keyCompromise", new Date("2026-01-02T03:04:05.678Z"));
    const { output } = await ask();
    expect(output).toContain("Response verify OK");
    expect(output).toMatch(
      /: revoked[\s\S]*Reason: keyCompromise\s+Revocation Time: Jan {2}2 03:04:05 2026 GMT/,
    );
  });

  test("ok/ a serial never issued and another issuer are unknown, never good", async () => {
    const never = await issue(authority);
    const file = writePem(scratch.path, "never.pem", "CERTIFICATE", never.certificate);
    expect((await ask("-cert", file)).output).toMatch(/never\.pem: unknown/);
    const wrongIssuer = await opensslAsync([
      "ocsp",
      "-url",
      listeners.ocsp,
      "-CAfile",
      root,
      "-verify_other",
      issuing,
      "-issuer",
      root,
      "-serial",
      `0x${serial}`,
    ]);
    expect(wrongIssuer.output).toMatch(/: unknown/);
    const hash = await ask("-sha384");
    expect(hash.output).toMatch(/leaf\.pem: unknown/);
  });

  test("ok/ several serials in one request are answered each for itself", async () => {
    const { serial: other } = await issue(authority);
    registry.revoke(other, "superseded");
    const { output } = await ask("-serial", `0x${other}`);
    expect(output).toContain("leaf.pem: good");
    expect(output).toContain(`0x${other}: revoked`);
  });

  test("ok/ the signer is delegated: its certificate comes along and names itself by key", async () => {
    const response = await post(requestOf());
    const text = await textOf(response);
    expect(text).toContain("OCSP Signing");
    expect(text).toMatch(/Responder Id: [0-9A-F]{40}/);
    expect(text).toContain("Next Update");
    expect(text).toContain("OCSP Nonce");
  });

  test("ok/ GET, escaped and plain, with one slash more, cacheable without a nonce", async () => {
    const base64 = requestOf("-no_nonce").toString("base64");
    for (const path of [encodeURIComponent(base64), base64, `/${base64}`]) {
      const response = await fetch(`${listeners.ocsp}/${path}`);
      expect(response.headers.get("content-type")).toBe("application/ocsp-response");
      expect(response.headers.get("cache-control")).toBe("public, max-age=30, must-revalidate");
      expect(await statusOf(response)).toBe("successful");
    }
    const withNonce = await fetch(
      `${listeners.ocsp}/${encodeURIComponent(requestOf("-nonce").toString("base64"))}`,
    );
    expect(withNonce.headers.get("cache-control")).toBe("no-store");
  });

  test("ok/ GET with // and /../ inside the base64 is not taken for a path", async () => {
    // Serials whose base64 has `//` in it: three octets of 0xff, at each alignment.
    for (const digits of ["5fffffffff", "5fffffffffff", "5fffffffffffff"]) {
      registry.issued(digits);
      const request = execFileSync("openssl", [
        "ocsp",
        "-issuer",
        issuing,
        "-serial",
        `0x${digits}`,
        "-no_nonce",
        "-reqout",
        "-",
      ]).toString("base64");
      expect(request).toContain("//");
      const response = await fetch(`${listeners.ocsp}/${request}`);
      const text = await textOf(response);
      expect(text).toContain("Cert Status: good");
    }
    expect(await statusOf(await fetch(`${listeners.ocsp}/..%2f..%2fissuing.crl`))).toBe("malformedrequest");
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

  test("fail/ POST of garbage, nothing, trailing bytes, a huge nonce is malformedRequest", async () => {
    const request = requestOf();
    const huge = AsnConvert.parse(new Uint8Array(request), OCSPRequest);
    huge.tbsRequest.requestExtensions![0]!.extnValue = new OctetString(
      AsnConvert.serialize(new OctetString(new Uint8Array(129))),
    );
    const hugeNonce = new Uint8Array(AsnConvert.serialize(huge));
    const garbage = [
      Buffer.from("garbage"),
      Buffer.alloc(0),
      Buffer.concat([request, Buffer.of(0)]),
      hugeNonce,
    ];
    for (const body of garbage) expect(await statusOf(await post(body))).toBe("malformedrequest");
  });

  test("fail/ another content type is 415, a body over 4 KB 413, another method or path no OCSP", async () => {
    expect((await post(requestOf(), "application/json")).status).toBe(415);
    expect((await post(new Uint8Array(4_097))).status).toBe(413);
    expect((await fetch(listeners.ocsp, { method: "PUT" })).status).toBe(404);
    expect((await fetch(`${listeners.ocsp}/other`, { method: "POST" })).status).toBe(404);
  });

  test("fail/ with the registry down the answer is tryLater, and it is not cached", async () => {
    registry.down = true;
    const response = await post(requestOf());
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await statusOf(response)).toBe("trylater");
    registry.down = false;
    expect((await ask()).output).toContain("leaf.pem: good");
  });

  test("fail/ with the signer down the answer is internalError", async () => {
    const sign = jest
      .spyOn(authority.keyStore, "sign")
      .mockRejectedValue(new Error("The signer does not answer."));
    try {
      expect(await statusOf(await post(requestOf()))).toBe("internalerror");
    } finally {
      sign.mockRestore();
    }
  });
});
