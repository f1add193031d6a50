import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Gateway } from "../../client/app/gateway.ts";
import { begin } from "../../client/app/one-tap.ts";
import { examineApplication } from "../../pki/application/examine.ts";
import { simulatedAttestation } from "../../pki/attestation/simulated.ts";
import { testAnchors } from "../../pki/jpki/trust-anchors.ts";
import { ConfigurationError, readConfiguration } from "../../workers/configuration.ts";
import { makeParts } from "../../workers/parts.ts";
import { Phone } from "./phone.ts";
import { expectRefusal, post } from "./refusal.ts";
import { noTrace, stack, traceOf } from "./stack.ts";

const command = fileURLToPath(new URL("../../bin/kazasu.mjs", import.meta.url));

/** Variables of a production engine on this stack's own Postgres, Temporal and keys. */
const production = {
  DATABASE_URL: stack.postgres,
  TEMPORAL_ADDRESS: stack.temporal,
  TEMPORAL_NAMESPACE: stack.namespace,
  TEMPORAL_CONFIG_FILE: join(stack.directory, "none.toml"),
  KAZASU_SETTING: "production",
  KAZASU_KEYS: join(stack.directory, "keys"),
  KAZASU_JOURNAL: join(stack.directory, "journal"),
  KAZASU_CHECKPOINTS: join(stack.directory, "checkpoints"),
  // Neither is asked here; in production both are https.
  KAZASU_JLIS_URL: "https://jlis.example",
  KAZASU_CRL_URL: new URL(stack.crl).origin,
  KAZASU_OCSP_URL: stack.ocsp,
  KAZASU_PUBLIC_URL: "https://ca.example",
  KAZASU_GATEWAY_PORT: "0",
};

const testOnly = {
  KAZASU_TEST_ANCHORS: join(stack.directory, "test-anchors.pem"),
  KAZASU_ATTESTER_URL: stack.attester,
  KAZASU_CARDS_URL: stack.jlis,
};

/** `kazasu gateway` with these variables; resolves with its exit code, or its address once it is ready. */
async function startGateway(variables: Record<string, string>) {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [command, "gateway", "--no-status"], {
    env: { PATH, ...variables },
    stdio: ["ignore", "ignore", "pipe"],
  });
  started.push(child);
  let said = "";
  const exit = once(child, "exit").then(([code]) => ({ code: code as number, said: () => said }));
  const ready = new Promise<{ url: string }>((resolve) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      said += `${line}\n`;
      const url = /"url":"(http:[^"]+)"/.exec(line)?.[1];
      if (url !== undefined) resolve({ url });
    });
  });
  return Promise.race([exit, ready]);
}
const started: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(
    started
      .filter(({ exitCode }) => exitCode === null)
      .map(async (child) => {
        const exit = once(child, "exit");
        child.kill("SIGTERM");
        expect((await exit)[0]).toBe(0);
      }),
  );
});

describe("a test setting", () => {
  test("ok/says so in its configuration, its health and in the header of every answer", async () => {
    const configuration = await fetch(`${stack.gateway}/.well-known/kazasu-configuration`);
    expect(await configuration.json()).toMatchObject({
      setting: "test",
      warning: expect.stringMatching(/^TEST SETTING: .*prove nothing about anybody/),
      simulators: { cards: stack.jlis, attester: stack.attester },
    });
    const health = await fetch(`${stack.gateway}/health`);
    expect(await health.json()).toEqual({ status: "ok", setting: "test", auditLog: "chained" });
    const refused = await post("/v1/challenges", {});
    for (const { headers } of [configuration, health, refused, await fetch(`${stack.gateway}/nowhere`)])
      expect(headers.get("x-kazasu-setting")).toBe("test");
  });

  test("ok/publishes public keys alone", async () => {
    const text = await (await fetch(`${stack.gateway}/.well-known/kazasu-configuration`)).text();
    const { service } = JSON.parse(
      await readFile(join(stack.directory, "keys/service-keys.json"), "utf8"),
    ) as { service: { x: string; d: string } };
    expect(text).toContain(service.x);
    expect(text).not.toContain(service.d);
  });

  test("fail/it cannot start without trust anchors", () => {
    expect(() => readConfiguration({ ...production, KAZASU_SETTING: "test" })).toThrow(
      /needs KAZASU_TEST_ANCHORS/,
    );
  });
});

describe("a production setting", () => {
  let url = "";
  beforeAll(async () => {
    const gateway = await startGateway(production);
    if (!("url" in gateway)) throw new Error(`kazasu gateway ended with ${gateway.code}: ${gateway.said()}`);
    ({ url } = gateway);
  });

  test.each(Object.entries(testOnly))("fail/refuses to start with %s", async (name, value) => {
    expect(() => readConfiguration({ ...production, [name]: value })).toThrow(ConfigurationError);
    const ended = await startGateway({ ...production, [name]: value });
    if ("url" in ended) throw new Error("It started.");
    expect(ended.code).toBe(1);
    expect(ended.said()).toContain(`${name} belong to KAZASU_SETTING=test`);
  });

  test("ok/claims no test, offers no simulator, and needs no word to be production", async () => {
    const response = await fetch(`${url}/.well-known/kazasu-configuration`);
    const configuration = (await response.json()) as object;
    expect(configuration).toMatchObject({ setting: "production" });
    expect(configuration).not.toHaveProperty("warning");
    expect(configuration).not.toHaveProperty("simulators");
    expect(response.headers.get("x-kazasu-setting")).toBeNull();
    const { KAZASU_SETTING: _said, ...unsaid } = production;
    expect(readConfiguration(unsaid).KAZASU_SETTING).toBe("production");
  });

  test("fail/a simulated card is refused", async () => {
    const phone = await Phone.new();
    const gateway = new Gateway(url);
    const { serviceKeys } = await gateway.configuration();
    const wishes = { party: "abc-bank", app: "abc-bank-app", intent: "enrol", language: "ja" } as const;
    const begun = await begin({ gateway, serviceKey: serviceKeys, deviceKey: phone.key, ...wishes });
    const { envelope } = await phone.tapped(begun);
    const response = await fetch(`${url}/v1/applications`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(envelope),
    });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expectRefusal(answer, "UNTRUSTED_ISSUER", 422);
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
    // The same message on the same challenge is fine where simulated cards are trusted.
    expect((await post("/v1/applications", envelope)).status).toBe(200);
  });

  test("fail/a simulated attestation is refused, even with a trusted card", async () => {
    const log = { warn: () => {} } as unknown as Parameters<typeof makeParts>[1];
    const parts = await makeParts(readConfiguration(production), log);
    try {
      const rules = await parts.rules();
      expect(rules.attestation).toEqual([]);
      expect(rules.anchors.every(({ setting }) => setting === "production")).toBe(true);

      const phone = await Phone.new();
      const begun = await phone.begin();
      const message = await phone.sign(await phone.draft(begun));
      const anchors = testAnchors(await readFile(testOnly.KAZASU_TEST_ANCHORS, "utf8"));
      const examine = (more: object) =>
        examineApplication(
          message,
          { jws: begun.challenge, claims: begun.claims },
          { ...rules, ...more },
          new Date(),
        );
      expect(await examine({ anchors })).toMatchObject({ ok: false, code: "ATTESTATION_REFUSED" });
      const keys = async () => (await (await fetch(`${stack.attester}/jwks.json`)).json()) as { keys: [] };
      expect(await examine({ anchors, attestation: [simulatedAttestation(keys)] })).toMatchObject({
        ok: true,
      });
    } finally {
      await parts.pool.end();
    }
  });
});
