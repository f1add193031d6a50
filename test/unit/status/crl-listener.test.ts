import { describe, expect, test } from "@jest/globals";
import { type PublishedCrl, publishDueCrls } from "../../../status/due-crls.ts";
import { eventually } from "../../integration/eventually.ts";
import { issue } from "../ca/issuing.ts";
import { openssl, opensslAsync, writePem } from "../ca/openssl.ts";
import { bytes, get, hour, numberOf, numbersOf } from "./crl-listening.ts";
import {
  active,
  authorities,
  clock,
  crlBase,
  listeners,
  log,
  old,
  registry,
  scratch,
  serve,
  start,
  startListenersForEachTest,
} from "./listening.ts";

startListenersForEachTest();

describe("CRL listener", () => {
  test("ok/ serves a CRL OpenSSL verifies, with its headers", async () => {
    const response = await get("/g1/3.crl");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/pkix-crl");
    expect(response.headers.get("cache-control")).toBe("public, max-age=15, must-revalidate");
    const second = Math.floor(clock.now.getTime() / 1000) * 1000;
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

  test("ok/ one CRL for each shard of each generation, signed by its own issuing CA", async () => {
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

  test("ok/ made once, and again after a revocation in the shard: verify -crl_check refuses at once", async () => {
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
    const first = BigInt(clock.now.getTime());
    expect(numbersOf("g2", crlShard)).toEqual([first, first + 1n]);
    expect(registry.published).toHaveLength(before + 1);
  });

  test("ok/ a CRL is renewed when half of its validity has passed, not before", async () => {
    const first = BigInt(clock.now.getTime());
    expect(numberOf(await bytes(await get("/g1/0.crl")))).toBe(first);
    clock.now = new Date(clock.now.getTime() + 11 * hour);
    expect(numberOf(await bytes(await get("/g1/0.crl")))).toBe(first);
    clock.now = new Date(clock.now.getTime() + 2 * hour);
    // While it is made, the listener serves the one that is still in its time.
    await eventually(async () =>
      numberOf(await bytes(await get("/g1/0.crl"))) === BigInt(clock.now.getTime()) ? true : undefined,
    );
  });

  test("ok/ two processes and the Schedule on one registry publish numbers that only rise", async () => {
    const other = await start();
    const publish = () =>
      publishDueCrls({
        authorities: () => authorities,
        registry,
        clock: () => clock.now,
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
    expect(numbers).toEqual(numbers.map((_, index) => BigInt(clock.now.getTime() + index)));
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
    const both = serve({ active: old, all: [old] });
    try {
      expect((await get("/g2/0.crl")).status).toBe(404);
    } finally {
      serve(both);
    }
    expect((await get("/g2/0.crl")).status).toBe(200);
  });

  test("ok/ a CRL never outlives its issuing CA, and the last one is not made again and again", async () => {
    const end = active.issuer.notAfter;
    clock.now = new Date(end.getTime() - 2 * hour);
    const crl = await bytes(await get("/g2/0.crl"));
    expect(new Date(openssl(["crl", "-inform", "DER", "-noout", "-nextupdate"], crl).split("=")[1]!)).toEqual(
      end,
    );
    clock.now = new Date(end.getTime() - 1000);
    const count = registry.published.length;
    await get("/g2/0.crl");
    expect(registry.published).toHaveLength(count);
  });
});
