import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import pino from "pino";
import type { Authorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { problem } from "../../../protocol/problem.ts";
import { type PublishedCrl, publishDueCrls } from "../../../status/due-crls.ts";
import { type StatusListeners, startStatusListeners } from "../../../status/status-listeners.ts";
import { eventually } from "../../integration/eventually.ts";
import { issue } from "../ca/issuing.ts";
import { openssl, opensslAsync, scratchDirectory, writePem } from "../ca/openssl.ts";
import { twoGenerations } from "./generations.ts";
import { MemoryRegistry } from "./memory-registry.ts";

const log = pino({ level: "silent" });
const hour = 3_600_000;
const crlBase = "http://crl.example";
let scratch: ReturnType<typeof scratchDirectory>;
let authorities: Authorities;
let old: Authority;
let active: Authority;
let registry: MemoryRegistry;
let listeners: StatusListeners;
let now: Date;

const start = () =>
  startStatusListeners({
    authorities: () => authorities,
    registry,
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    crlBase,
    log,
    clock: () => now,
  });

beforeAll(async () => {
  scratch = scratchDirectory();
  ({ authorities, old, active } = await twoGenerations(join(scratch.path, "ca")));
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
const numberOf = (crl: Uint8Array) =>
  BigInt(openssl(["crl", "-inform", "DER", "-noout", "-crlnumber"], crl).trim().replace("crlNumber=", ""));
const numbersOf = (generation: string, shard: number) =>
  registry.published
    .filter((crl) => crl.generation === generation && crl.shard === shard)
    .map(({ number }) => number);
const health = async () => {
  const response = await get("/health");
  return {
    code: response.status,
    body: (await response.json()) as { status: string; checks: { name: string }[] },
  };
};

describe("CRL listener", () => {
  test("ok/ serves a CRL OpenSSL verifies, with its headers", async () => {
    const response = await get("/g1/3.crl");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/pkix-crl");
    expect(response.headers.get("cache-control")).toBe("public, max-age=15, must-revalidate");
    const second = Math.floor(now.getTime() / 1000) * 1000;
    expect(response.headers.get("last-modified")).toBe(new Date(second).toUTCString());
    expect(response.headers.get("expires")).toBe(new Date(second + 24 * hour).toUTCString());
    const etag = response.headers.get("etag")!;
    const crl = await bytes(response);
    const issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", old.issuing);
    const file = writePem(scratch.path, "crl.pem", "X509 CRL", crl);
    expect(
      (await opensslAsync(["crl", "-in", file, "-noout", "-verify", "-CAfile", issuing])).output,
    ).toContain("verify OK");
    expect(openssl(["crl", "-in", file, "-noout", "-text"])).toContain(`URI:${crlBase}/g1/3.crl`);
    const again = await get("/g1/3.crl", { "if-none-match": `"other", W/${etag}` });
    expect(again.status).toBe(304);
    expect(await bytes(again)).toHaveLength(0);
  });

  test("ok/ one CRL for each share of each generation, signed by its own issuing CA", async () => {
    expect(registry.published).toHaveLength(old.crlShards + active.crlShards);
    for (const { generation, issuing, crlShards } of [old, active]) {
      const file = writePem(scratch.path, `${generation}.pem`, "CERTIFICATE", issuing);
      for (const shard of [0, crlShards - 1]) {
        const crl = writePem(
          scratch.path,
          "crl.pem",
          "X509 CRL",
          await bytes(await get(`/${generation}/${shard}.crl`)),
        );
        const { output } = await opensslAsync(["crl", "-in", crl, "-noout", "-verify", "-CAfile", file]);
        expect(output).toContain("verify OK");
      }
    }
  });

  test("ok/ serves the CA's certificates and the root's CRL", async () => {
    const issuing = await get("/g1/issuing.cer");
    expect(issuing.headers.get("content-type")).toBe("application/pkix-cert");
    expect(await bytes(issuing)).toEqual(old.issuing);
    expect(await bytes(await get("/g1/root.cer"))).toEqual(old.root);
    expect(await bytes(await get("/g2/root.cer"))).toEqual(active.root);
    const rootCrl = await get("/g1/root.crl");
    expect(rootCrl.headers.get("content-type")).toBe("application/pkix-crl");
    expect(await bytes(rootCrl)).toEqual(old.rootCrl?.der);
  });

  test.each([
    "/g3/0.crl",
    "/g1/99.crl",
    "/g1/01.crl",
    "/g1/-1.crl",
    "/g1/g1-root.key.pem",
    "/issuing.crl",
    "/g1",
  ])("fail/ %s is not there", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test("ok/ made once, and again when a revocation of the share comes: verify -crl_check refuses at once", async () => {
    const { serial, certificate, crlShard } = await issue(active);
    registry.issued(serial, { generation: "g2", shard: crlShard });
    const files = {
      root: writePem(scratch.path, "root.pem", "CERTIFICATE", active.root),
      issuing: writePem(scratch.path, "issuing.pem", "CERTIFICATE", active.issuing),
      leaf: writePem(scratch.path, "leaf.pem", "CERTIFICATE", certificate),
    };
    const check = async () => {
      const served = await bytes(await get(`/g2/${crlShard}.crl`));
      const crl = writePem(scratch.path, "crl.pem", "X509 CRL", served);
      const chain = ["-CAfile", files.root, "-untrusted", files.issuing];
      return opensslAsync(["verify", "-x509_strict", "-crl_check", "-CRLfile", crl, ...chain, files.leaf]);
    };
    expect(await check()).toMatchObject({ code: 0 });
    expect(await check()).toMatchObject({ code: 0 });
    const before = registry.published.length;
    registry.revoke(serial, "superseded");
    expect((await check()).output).toContain("certificate revoked");
    const first = BigInt(now.getTime());
    expect(numbersOf("g2", crlShard)).toEqual([first, first + 1n]);
    expect(registry.published).toHaveLength(before + 1);
  });

  test("ok/ a CRL is renewed when half of its validity has passed, not before", async () => {
    const first = BigInt(now.getTime());
    expect(numberOf(await bytes(await get("/g1/0.crl")))).toBe(first);
    now = new Date(now.getTime() + 11 * hour);
    expect(numberOf(await bytes(await get("/g1/0.crl")))).toBe(first);
    now = new Date(now.getTime() + 2 * hour);
    // While it is made, the listener serves the one that is still in its time.
    await eventually(async () =>
      numberOf(await bytes(await get("/g1/0.crl"))) === BigInt(now.getTime()) ? true : undefined,
    );
  });

  test("ok/ two processes and the Schedule on one registry publish numbers that only rise", async () => {
    const other = await start();
    const publish = () =>
      publishDueCrls({
        authorities: () => authorities,
        registry,
        clock: () => now,
        crlBase,
        validitySeconds: 86_400,
        log,
      });
    const scheduled: PublishedCrl[] = [];
    try {
      for (let round = 0; round < 3; round += 1) {
        registry.revoke(`400${round}00`, "superseded");
        await Promise.all([
          ...[listeners, other, listeners, other].map(async ({ crl }) =>
            (await fetch(`${crl}/g1/0.crl`)).arrayBuffer(),
          ),
          publish().then(({ published }) => scheduled.push(...published)),
        ]);
      }
    } finally {
      await other.close();
    }
    const numbers = numbersOf("g1", 0);
    expect(numbers).toEqual(numbers.map((_, index) => BigInt(now.getTime() + index)));
    expect(numbers).toHaveLength(4);
    const newest = registry.published.findLast(
      ({ generation, shard }) => generation === "g1" && shard === 0,
    )!;
    const text = openssl(["crl", "-inform", "DER", "-noout", "-text"], newest.der);
    expect(text.match(/Serial Number:/g)).toHaveLength(3);
    for (const { generation, shard, number } of scheduled) {
      expect({ generation, shard, number }).toEqual({
        generation: "g1",
        shard: 0,
        number: expect.any(Number),
      });
    }
  });

  test("ok/ a generation that was made while the listeners run is served without a restart", async () => {
    const both = authorities;
    authorities = { active: old, all: [old] };
    try {
      expect((await get("/g2/0.crl")).status).toBe(404);
    } finally {
      authorities = both;
    }
    expect((await get("/g2/0.crl")).status).toBe(200);
  });

  test("ok/ a CRL never outlives its issuing CA, and the last one is not made again and again", async () => {
    const end = active.issuer.notAfter;
    now = new Date(end.getTime() - 2 * hour);
    const crl = await bytes(await get("/g2/0.crl"));
    expect(new Date(openssl(["crl", "-inform", "DER", "-noout", "-nextupdate"], crl).split("=")[1]!)).toEqual(
      end,
    );
    now = new Date(end.getTime() - 1000);
    const count = registry.published.length;
    await get("/g2/0.crl");
    expect(registry.published).toHaveLength(count);
  });

  test("ok/ with the registry down the last CRL is served as long as it is valid", async () => {
    const before = await bytes(await get("/g1/0.crl"));
    registry.down = true;
    now = new Date(now.getTime() + 23 * hour);
    expect(await bytes(await get("/g1/0.crl"))).toEqual(before);
  });

  test("ok/ health is green, and red before the first CRL ends, with its name and what to do", async () => {
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
    registry.down = true;
    now = new Date(now.getTime() + 17 * hour);
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
    now = new Date(now.getTime() + 2 * hour);
    const { code, body } = await health();
    expect(code).toBe(503);
    expect(body.status).toBe("red");
    expect(body.checks).toContainEqual({
      name: "crl g2/7",
      status: "red",
      detail: expect.stringMatching(/^Ends at .* not renewed .* check that Postgres answers/),
    });
    registry.down = false;
    expect((await get("/g1/0.crl")).status).toBe(200);
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
  });

  test("ok/ a root's CRL is kept by nobody beyond its end, and health tells long before", async () => {
    const { thisUpdate, nextUpdate } = old.rootCrl!;
    const life = nextUpdate.getTime() - thisUpdate.getTime();
    const healthOf = async () => (await health()).body.checks.find(({ name }) => name === "root crl g1");
    expect(await healthOf()).toEqual({ name: "root crl g1", status: "green" });
    now = new Date(thisUpdate.getTime() + life * 0.8);
    expect(await healthOf()).toMatchObject({ status: "yellow", detail: expect.stringContaining("ceremony") });
    now = new Date(nextUpdate.getTime() - 31 * 24 * hour);
    expect(await healthOf()).toMatchObject({ status: "yellow" });
    now = new Date(nextUpdate.getTime() - 29 * 24 * hour);
    expect(await healthOf()).toEqual({
      name: "root crl g1",
      status: "red",
      detail: expect.stringMatching(/^Ends at .*: renew it with `npx kazasu ceremony root-crl`\.$/),
    });
    now = new Date(nextUpdate.getTime() - 60_000);
    expect((await get("/g1/root.crl")).headers.get("cache-control")).toContain("max-age=60,");
    expect(await healthOf()).toMatchObject({ status: "red" });
    now = nextUpdate;
    expect((await get("/g1/root.crl")).status).toBe(503);
  });

  test("fail/ with the registry down an expired CRL is not served, and a new one once it is back", async () => {
    registry.down = true;
    now = new Date(now.getTime() + 24 * hour);
    const response = await get("/g1/0.crl");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(problem.parse(await response.json())).toMatchObject({ code: "TRY_AGAIN", status: 503 });
    registry.down = false;
    expect((await get("/g1/0.crl")).status).toBe(200);
  });

  test("fail/ the registry was down from the start: the listeners start, the CRL is 503, health red", async () => {
    await listeners.close();
    registry = new MemoryRegistry();
    registry.down = true;
    listeners = await start();
    expect((await get("/g1/0.crl")).status).toBe(503);
    expect((await get("/g1/issuing.cer")).status).toBe(200);
    expect(await health()).toMatchObject({ code: 503 });
  });

  test("fail/ the signer of one generation fails: its last CRL goes on, the others are renewed", async () => {
    const sign = jest.spyOn(old.keyStore, "sign").mockRejectedValue(new Error("The signer does not answer."));
    const before = await bytes(await get("/g1/0.crl"));
    const second = BigInt(now.getTime() + 1);
    try {
      registry.revoke("4200", "superseded");
      registry.issued("4300", { generation: "g2", shard: 0 });
      registry.revoke("4300", "superseded");
      expect(await bytes(await get("/g1/0.crl"))).toEqual(before);
      expect(numberOf(await bytes(await get("/g2/0.crl")))).toBe(second);
      const options = { authorities: () => authorities, registry, clock: () => now, crlBase, log };
      await expect(publishDueCrls({ ...options, validitySeconds: 86_400 })).rejects.toThrow(
        /^1 of 16 CRLs could not be made/,
      );
    } finally {
      sign.mockRestore();
    }
    expect(numberOf(await bytes(await get("/g1/0.crl")))).toBe(second);
  });

  test("ok/ a registry restored from a backup: what was served is not taken back, and no number comes twice", async () => {
    const served = async () => numberOf(await bytes(await get("/g1/0.crl")));
    const first = await served();
    const backup = [...registry.published];
    for (const serial of ["420000", "430000"]) {
      registry.revoke(serial, "superseded");
      now = new Date(now.getTime() + 5_000);
      await served();
    }
    const [, , last] = numbersOf("g1", 0);
    expect(await served()).toBe(last);
    registry.published.splice(0, registry.published.length, ...backup);
    expect(numbersOf("g1", 0)).toEqual([first]);
    now = new Date(now.getTime() + 5_000);
    const after = await served();
    expect(after).toBeGreaterThan(last!);
    expect(numbersOf("g1", 0)).toEqual([first, after]);
  });

  test("fail/ a port that is taken leaves nothing open", async () => {
    const crlPort = Number(new URL(listeners.ocsp).port);
    const options = { authorities: () => authorities, registry, host: "127.0.0.1", crlBase, log };
    await expect(startStatusListeners({ ...options, crlPort, ocspPort: 0 })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });
});
