import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createLocalJWKSet, jwtVerify } from "jose";
import { startAttester } from "../../../simulators/attester/server.ts";
import { call } from "./jlis-client.ts";

const question = { spkiSha256: "A".repeat(43), nonce: "n".repeat(43), app: "bank-app" };

test("ok/statements verify under the published key, before and after a restart", async () => {
  const directory = await mkdtemp(join(tmpdir(), "attester-"));
  try {
    const first = await startAttester({ directory });
    const { body } = await call(first.url, "POST", "/statement", question);
    await first.close();
    expect(body.format).toBe("simulated");
    const second = await startAttester({ directory });
    const keys = (await call(second.url, "GET", "/jwks.json")).body;
    await second.close();
    expect(keys.keys[0]).not.toHaveProperty("d");
    const { payload } = await jwtVerify(body.statement, createLocalJWKSet(keys), {
      algorithms: ["ES256"],
      typ: "simulated-attestation+jwt",
    });
    expect(payload).toEqual({ ...question, iat: expect.any(Number) });
    expect((await stat(join(directory, "attester-key.json"))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("fail/a statement about something else", async () => {
  const attester = await startAttester({});
  try {
    const refused = { status: 400, body: { error: "MALFORMED_REQUEST" } };
    expect(await call(attester.url, "POST", "/statement", { ...question, spkiSha256: "A" })).toMatchObject(
      refused,
    );
    expect(await call(attester.url, "POST", "/statement", { ...question, extra: 1 })).toMatchObject(refused);
  } finally {
    await attester.close();
  }
});
