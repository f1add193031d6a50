import { describe, expect, jest, test } from "@jest/globals";
import { active, clock, listeners, registry, restart } from "./listening.ts";
import {
  ask,
  askOcspListeners,
  bytes,
  certStatusOf,
  get,
  health,
  post,
  requestOf,
  statusOf,
  textOf,
  until,
} from "./ocsp-listening.ts";

askOcspListeners();

describe("OCSP answers, cached and under failure", () => {
  test("ok/ without a nonce every client gets the same bytes, and the registry is not asked", async () => {
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

  test("ok/ good answers are signed in advance", async () => {
    await until(async () => registry.statusReads === 1);
    registry.down = true;
    const request = requestOf(["-no_nonce"]);
    await until(async () => (await certStatusOf(await post(request))) === "good");
    expect(registry.statusReads).toBe(1);
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

  test("fail/ a client that asks for too many signatures gets tryLater; cached answers are not counted", async () => {
    await restart({ onlinePerSecond: 100, onlinePerSecondAndAddress: 2 });
    const statuses: string[] = [];
    for (let time = 0; time < 6; time += 1) statuses.push(await statusOf(await post(requestOf(["-nonce"]))));
    expect(statuses).toEqual([...Array(4).fill("successful"), "trylater", "trylater"]);
    expect((await ask(["-no_nonce"])).output).toContain(": good");
    clock.now = new Date(clock.now.getTime() + 1_000);
    expect(await statusOf(await post(requestOf(["-nonce"])))).toBe("successful");
  });

  test("bad/ the addresses of one IPv6 network are one client", async () => {
    await restart({
      onlinePerSecond: 100,
      onlinePerSecondAndAddress: 1,
      trustedProxies: ["127.0.0.1"],
    });
    const statusFor = async (address: string) => {
      const headers = { "content-type": "application/ocsp-request", "x-forwarded-for": address };
      const body = Buffer.from(requestOf(["-nonce"]));
      return statusOf(await fetch(listeners.ocsp, { method: "POST", headers, body }));
    };
    const statuses: string[] = [];
    for (const last of ["1", "2", "3", "ffff"]) statuses.push(await statusFor(`2001:db8:1:2::${last}`));
    expect(statuses).toEqual(["successful", "successful", "trylater", "trylater"]);
    expect(await statusFor("2001:db8:1:3::1")).toBe("successful");
  });

  test("fail/ with the registry down, cached answers go on until nextUpdate, the others are tryLater", async () => {
    const cached = requestOf(["-no_nonce"]);
    await until(async () => (await certStatusOf(await post(cached))) === "good");
    registry.down = true;
    const other = await post(requestOf(["-nonce"]));
    expect(other.headers.get("cache-control")).toBe("no-store");
    expect(await statusOf(other)).toBe("trylater");
    clock.now = new Date(clock.now.getTime() + 3_590_000);
    expect(await certStatusOf(await post(cached))).toBe("good");
    clock.now = new Date(clock.now.getTime() + 20_000);
    expect(await statusOf(await post(cached))).toBe("trylater");
    registry.down = false;
    expect(await certStatusOf(await post(cached))).toBe("good");
  });

  test("fail/ health turns yellow when revocations cannot be seen, red before the cached answers end", async () => {
    await until(async () => (await certStatusOf(await post(requestOf(["-no_nonce"])))) === "good");
    expect(await health()).toMatchObject({ code: 200, body: { status: "green" } });
    registry.down = true;
    clock.now = new Date(clock.now.getTime() + 61_000);
    expect(await health()).toMatchObject({ code: 200, body: { status: "yellow" } });
    clock.now = new Date(clock.now.getTime() + 2_700_000);
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
