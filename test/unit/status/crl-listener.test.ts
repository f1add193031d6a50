import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import pino from "pino";
import { type StatusListeners, startStatusListeners } from "../../../gateway/status/status-listeners.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { ensureAuthority } from "../../../pki/ca/ceremony.ts";
import { issue } from "../ca/issuing.ts";
import { openssl, opensslAsync, scratchDirectory, writePem } from "../ca/openssl.ts";
import { MemoryRegistry } from "./memory-registry.ts";

const log = pino({ level: "silent" });
const hour = 3_600_000;
let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
let registry: MemoryRegistry;
let listeners: StatusListeners;
let now: Date;

const start = () =>
  startStatusListeners({
    authority,
    registry,
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    log,
    clock: () => now,
  });

beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: join(scratch.path, "ca"), passphrase: "x" });
});
afterAll(() => scratch.remove());
beforeEach(async () => {
  now = new Date();
  registry = new MemoryRegistry();
  listeners = await start();
});
afterEach(() => listeners.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(listeners.crl + path, { headers });
const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const numberOf = (crl: Uint8Array) => openssl(["crl", "-inform", "DER", "-noout", "-crlnumber"], crl).trim();

describe("CRL listener", () => {
  test("ok/ serves a CRL OpenSSL verifies, with its headers", async () => {
    const response = await get("/issuing.crl");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/pkix-crl");
    expect(response.headers.get("cache-control")).toBe("public, max-age=30, must-revalidate");
    const lastModified = new Date(Math.floor(now.getTime() / 1000) * 1000).toUTCString();
    expect(response.headers.get("last-modified")).toBe(lastModified);
    const etag = response.headers.get("etag")!;
    const crl = await bytes(response);
    const issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing);
    const file = writePem(scratch.path, "crl.pem", "X509 CRL", crl);
    expect(
      (await opensslAsync(["crl", "-in", file, "-noout", "-verify", "-CAfile", issuing])).output,
    ).toContain("verify OK");
    const again = await get("/issuing.crl", { "if-none-match": `"other", W/${etag}` });
    expect(again.status).toBe(304);
    expect(await bytes(again)).toHaveLength(0);
  });

  test("ok/ serves the CA's certificates", async () => {
    const issuing = await get("/issuing.cer");
    expect(issuing.headers.get("content-type")).toBe("application/pkix-cert");
    expect(await bytes(issuing)).toEqual(authority.issuing);
    expect(await bytes(await get("/root.cer"))).toEqual(authority.root);
    expect((await get("/root-ca.key.pem")).status).toBe(404);
  });

  test("ok/ the CRL is made once and again when a revocation comes: verify -crl_check refuses at once", async () => {
    const { serial, certificate } = await issue(authority);
    registry.issued(serial);
    const files = {
      root: writePem(scratch.path, "root.pem", "CERTIFICATE", authority.root),
      issuing: writePem(scratch.path, "issuing.pem", "CERTIFICATE", authority.issuing),
      leaf: writePem(scratch.path, "leaf.pem", "CERTIFICATE", certificate),
    };
    const check = async () => {
      const crl = writePem(scratch.path, "crl.pem", "X509 CRL", await bytes(await get("/issuing.crl")));
      const chain = ["-CAfile", files.root, "-untrusted", files.issuing];
      return opensslAsync(["verify", "-crl_check", "-CRLfile", crl, ...chain, files.leaf]);
    };
    expect(await check()).toMatchObject({ code: 0 });
    expect(await check()).toMatchObject({ code: 0 });
    expect(registry.published).toHaveLength(1);
    registry.revoke(serial, "superseded");
    expect((await check()).output).toContain("certificate revoked");
    expect(registry.published.map(({ number }) => number)).toEqual([1n, 2n]);
  });

  test("ok/ the CRL is renewed when half of its validity has passed, not before", async () => {
    expect(numberOf(await bytes(await get("/issuing.crl")))).toBe("crlNumber=0x01");
    now = new Date(now.getTime() + 11 * hour);
    expect(numberOf(await bytes(await get("/issuing.crl")))).toBe("crlNumber=0x01");
    now = new Date(now.getTime() + 2 * hour);
    expect(numberOf(await bytes(await get("/issuing.crl")))).toBe("crlNumber=0x02");
  });

  test("ok/ two processes on one registry publish numbers that only rise", async () => {
    const other = await start();
    try {
      for (let round = 0; round < 3; round += 1) {
        registry.revoke(`4${round}`, "superseded");
        await Promise.all(
          [listeners, other, listeners, other].map(async ({ crl }) =>
            (await fetch(`${crl}/issuing.crl`)).arrayBuffer(),
          ),
        );
      }
    } finally {
      await other.close();
    }
    const numbers = registry.published.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => BigInt(index + 1)));
    expect(numbers.length).toBeGreaterThanOrEqual(4);
    const newest = openssl(["crl", "-inform", "DER", "-noout", "-text"], registry.published.at(-1)!.der);
    expect(newest.match(/Serial Number:/g)).toHaveLength(3);
  });

  test("ok/ with the registry down the last CRL is served as long as it is valid", async () => {
    const before = await bytes(await get("/issuing.crl"));
    registry.down = true;
    now = new Date(now.getTime() + 23 * hour);
    expect(await bytes(await get("/issuing.crl"))).toEqual(before);
  });

  test("fail/ with the registry down an expired CRL is not served, and a new one once it is back", async () => {
    registry.down = true;
    now = new Date(now.getTime() + 24 * hour);
    const response = await get("/issuing.crl");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("10");
    expect(response.headers.get("cache-control")).toBe("no-store");
    registry.down = false;
    expect((await get("/issuing.crl")).status).toBe(200);
  });

  test("fail/ the registry was down from the start: the listeners start, the CRL is 503", async () => {
    await listeners.close();
    registry = new MemoryRegistry();
    registry.down = true;
    listeners = await start();
    expect((await get("/issuing.crl")).status).toBe(503);
    expect((await get("/issuing.cer")).status).toBe(200);
  });

  test("fail/ a signer that fails: the last CRL goes on", async () => {
    const before = await bytes(await get("/issuing.crl"));
    const sign = jest
      .spyOn(authority.keyStore, "sign")
      .mockRejectedValue(new Error("The signer does not answer."));
    try {
      registry.revoke("42", "superseded");
      expect(await bytes(await get("/issuing.crl"))).toEqual(before);
    } finally {
      sign.mockRestore();
    }
    expect(numberOf(await bytes(await get("/issuing.crl")))).toBe("crlNumber=0x02");
  });

  test("fail/ a port that is taken leaves nothing open", async () => {
    const crlPort = Number(new URL(listeners.ocsp).port);
    await expect(
      startStatusListeners({ authority, registry, host: "127.0.0.1", crlPort, ocspPort: 0, log }),
    ).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
