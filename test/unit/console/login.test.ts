import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { allowInsecureRequests, discovery } from "openid-client";
import { Browser } from "./browser.ts";
import { ConsoleWorld } from "./world.ts";

let world: ConsoleWorld;
beforeAll(async () => {
  world = await ConsoleWorld.start();
});
afterAll(() => world?.close());

describe("who may log in", () => {
  test("ok/by the provider, with a cookie that scripts and other sites do not get, and a line in the audit log", async () => {
    const browser = new Browser(world.url);
    const back = await browser.logIn("vera");
    expect(back.headers.get("location")).toBe("/console/");
    const cookie = back.headers.getSetCookie().find((set) => set.includes("session"));
    expect(cookie).toMatch(/^__Host-[^;]*; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(await browser.get("/session")).toMatchObject({
      status: 200,
      body: { operator: "vera", roles: ["viewer"] },
    });
    expect(await world.lines("operator-logged-in", "vera")).toEqual([{ roles: "viewer" }]);
    const { rows } = await world.registry.pool.query("select token_sha256 from operator_sessions");
    expect(cookie).not.toContain(rows[0].token_sha256.toString("base64url"));
  });

  test.each(["nobody", "stranger"])(
    "fail/%s has no role here: no session, and an audit line",
    async (name) => {
      const browser = new Browser(world.url);
      expect((await browser.logIn(name)).status).toBe(403);
      expect((await browser.get("/counts")).body.code).toBe("OPERATOR_LOGIN_REQUIRED");
      expect(await world.lines("operator-login-refused", name)).toHaveLength(1);
    },
  );

  test("fail/another browser's callback, and a callback used twice", async () => {
    const [victim, thief] = [new Browser(world.url), new Browser(world.url)];
    const begun = await victim.fetch(`${world.url}/console/login`);
    const state = new URL(begun.headers.get("location")!).searchParams.get("state");
    const callback = `${world.url}/console/callback?code=x&state=${state}`;
    expect((await thief.fetch(callback)).status).toBe(403);
    expect((await victim.fetch(callback)).status).toBe(403);
    expect((await victim.fetch(callback)).status).toBe(403);
  });

  test("fail/an ended session", async () => {
    const browser = await world.as("vera");
    expect((await browser.post("/logout", {})).status).toBe(200);
    expect((await browser.get("/counts")).status).toBe(401);
  });

  test("ok/each login asks the operator to authenticate, also soon after another", async () => {
    const browser = await world.as("vera");
    const begun = await browser.fetch(`${world.url}/console/login`);
    const asked = await browser.fetch(begun.headers.get("location")!);
    expect(asked.headers.get("location")).toContain("/operators/");
  });

  test.each([
    ["nonce", "of-another-login"],
    ["state", "of-another-login"],
    ["code_verifier", "a".repeat(43)],
  ])("fail/the answer to another login, by its %s", async (column, other) => {
    const browser = new Browser(world.url);
    const refused = await browser.logIn("vera", () =>
      world.registry.pool.query(`update operator_logins set ${column} = $1`, [other]),
    );
    expect(refused.status).toBe(403);
    expect((await browser.get("/counts")).status).toBe(401);
  });

  test("fail/an expired session, and a login that took too long", async () => {
    const browser = await world.as("vera");
    const slow = new Browser(world.url);
    world.ahead = 599_000;
    expect((await browser.get("/counts")).status).toBe(200);
    world.ahead = 601_000;
    expect((await browser.get("/counts")).body.code).toBe("OPERATOR_LOGIN_REQUIRED");
    world.ahead = 0;
    const late = await slow.logIn("vera", async () => {
      world.ahead = 601_000;
    });
    world.ahead = 0;
    expect(late.status).toBe(403);
  });
});

test("fail/a provider that does not answer: TRY_AGAIN, then the login works", async () => {
  let isUnavailable = true;
  const unavailable = await ConsoleWorld.start({
    provider: async () => {
      if (isUnavailable) throw new Error("nobody");
      return usual();
    },
  });
  const usual = () =>
    discovery(new URL(unavailable.login.issuer), "console", "a-secret-of-the-test-setting-only", undefined, {
      execute: [allowInsecureRequests],
    });
  try {
    const browser = new Browser(unavailable.url);
    const refused = await browser.fetch(`${unavailable.url}/console/login`);
    expect(await refused.json()).toMatchObject({ code: "TRY_AGAIN", status: 503 });
    isUnavailable = false;
    expect((await browser.logIn("vera")).headers.get("location")).toBe("/console/");
  } finally {
    await unavailable.close();
  }
});
