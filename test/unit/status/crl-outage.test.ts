import { describe, expect, jest, test } from "@jest/globals";
import { problem } from "../../../protocol/problem.ts";
import { publishDueCrls } from "../../../status/due-crls.ts";
import { startStatusListeners } from "../../../status/status-listeners.ts";
import { bytes, get, health, hour, numberOf, numbersOf } from "./crl-listening.ts";
import {
  authorities,
  clock,
  crlBase,
  listeners,
  log,
  old,
  registry,
  restart,
  startListenersForEachTest,
} from "./listening.ts";
import { MemoryRegistry } from "./memory-registry.ts";

startListenersForEachTest();

describe("CRL listener under failure", () => {
  test("ok/ with the registry down the last CRL is served as long as it is valid", async () => {
    const before = await bytes(await get("/g1/0.crl"));
    registry.down = true;
    clock.now = new Date(clock.now.getTime() + 23 * hour);
    expect(await bytes(await get("/g1/0.crl"))).toEqual(before);
  });

  test("ok/ health is green, and red before the first CRL ends, with its name and what to do", async () => {
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
    registry.down = true;
    clock.now = new Date(clock.now.getTime() + 17 * hour);
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
    clock.now = new Date(clock.now.getTime() + 2 * hour);
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

  test("ok/ a root's CRL is cached by nobody beyond its end, and health warns long before", async () => {
    const { thisUpdate, nextUpdate } = old.rootCrl!;
    const life = nextUpdate.getTime() - thisUpdate.getTime();
    const healthOf = async () => (await health()).body.checks.find(({ name }) => name === "root crl g1");
    expect(await healthOf()).toEqual({ name: "root crl g1", status: "green" });
    clock.now = new Date(thisUpdate.getTime() + life * 0.8);
    expect(await healthOf()).toMatchObject({ status: "yellow", detail: expect.stringContaining("ceremony") });
    clock.now = new Date(nextUpdate.getTime() - 31 * 24 * hour);
    expect(await healthOf()).toMatchObject({ status: "yellow" });
    clock.now = new Date(nextUpdate.getTime() - 29 * 24 * hour);
    expect(await healthOf()).toEqual({
      name: "root crl g1",
      status: "red",
      detail: expect.stringMatching(/^Ends at .*: renew it with `npx kazasu ceremony root-crl`\.$/),
    });
    clock.now = new Date(nextUpdate.getTime() - 60_000);
    expect((await get("/g1/root.crl")).headers.get("cache-control")).toContain("max-age=60,");
    expect(await healthOf()).toMatchObject({ status: "red" });
    clock.now = nextUpdate;
    expect((await get("/g1/root.crl")).status).toBe(503);
  });

  test("fail/ with the registry down an expired CRL is not served, and a new one once it is back", async () => {
    registry.down = true;
    clock.now = new Date(clock.now.getTime() + 24 * hour);
    const response = await get("/g1/0.crl");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(problem.parse(await response.json())).toMatchObject({ code: "TRY_AGAIN", status: 503 });
    registry.down = false;
    expect((await get("/g1/0.crl")).status).toBe(200);
  });

  test("fail/ the registry was down from the start: the listeners start, the CRL is 503, health red", async () => {
    const broken = new MemoryRegistry();
    broken.down = true;
    await restart({ registry: broken });
    expect((await get("/g1/0.crl")).status).toBe(503);
    expect((await get("/g1/issuing.cer")).status).toBe(200);
    expect(await health()).toMatchObject({ code: 503 });
  });

  test("fail/ the signer of one generation fails: its last CRL goes on, the others are renewed", async () => {
    const sign = jest.spyOn(old.keyStore, "sign").mockRejectedValue(new Error("The signer does not answer."));
    const before = await bytes(await get("/g1/0.crl"));
    const second = BigInt(clock.now.getTime() + 1);
    try {
      registry.revoke("4200", "superseded");
      registry.issued("4300", { generation: "g2", shard: 0 });
      registry.revoke("4300", "superseded");
      expect(await bytes(await get("/g1/0.crl"))).toEqual(before);
      expect(numberOf(await bytes(await get("/g2/0.crl")))).toBe(second);
      const options = { authorities: () => authorities, registry, clock: () => clock.now, crlBase, log };
      await expect(publishDueCrls({ ...options, validitySeconds: 86_400 })).rejects.toThrow(
        /^1 of 16 CRLs could not be made/,
      );
    } finally {
      sign.mockRestore();
    }
    expect(numberOf(await bytes(await get("/g1/0.crl")))).toBe(second);
  });

  test("ok/ a registry restored from a backup: a served CRL is not replaced by an older one, and no number is reused", async () => {
    const served = async () => numberOf(await bytes(await get("/g1/0.crl")));
    const first = await served();
    const backup = [...registry.published];
    for (const serial of ["420000", "430000"]) {
      registry.revoke(serial, "superseded");
      clock.now = new Date(clock.now.getTime() + 5_000);
      await served();
    }
    const [, , last] = numbersOf("g1", 0);
    expect(await served()).toBe(last);
    registry.published.splice(0, registry.published.length, ...backup);
    expect(numbersOf("g1", 0)).toEqual([first]);
    clock.now = new Date(clock.now.getTime() + 5_000);
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
