import { describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { encode } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import { proveKeyCompromise } from "../../../protocol/revocation.ts";
import { isKeyBlocked } from "../../../registry/certificate/revocations.ts";
import { issuer, makePerson } from "../notification/people.ts";
import { post, registry, serveRevocations, statusOf } from "./revocation-gateway.ts";

serveRevocations();

describe("revocation by who holds the private key", () => {
  /** A phone whose certified key the test holds in a form that it can sign a JWS with. */
  async function leaked() {
    const person = await makePerson(registry.pool);
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const { kty, crv, x, y } = await exportJWK(publicKey);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
    const spkiSha256 = encode(new Uint8Array(await crypto.subtle.digest("SHA-256", spki)));
    for (const table of ["enrolments", "issuance_intents"]) {
      const id = table === "enrolments" ? "id" : "enrolment_id";
      await registry.pool.query(`update ${table} set spki_sha256 = $2 where ${id} = $1`, [
        person.phone.enrolmentId,
        spkiSha256,
      ]);
    }
    return { ...person, privateKey, publicJwk: { kty: kty!, crv: crv!, x: x!, y: y! }, spkiSha256 };
  }
  const jti = () => encode(crypto.getRandomValues(new Uint8Array(16)));

  test("ok/every certificate of the key is revoked, and the key is blocked for good", async () => {
    const found = await leaked();
    const proof = await proveKeyCompromise(found, { issuer, jti: jti(), now: new Date() });
    const answer = await post("/v1/key-compromises", { proof });
    expect(answer).toMatchObject({ status: 200, body: { serials: [expect.any(String)] } });
    expect(await statusOf(found.phone.enrolmentId)).toMatchObject({
      reason: "keyCompromise",
      by: "key-holder",
    });
    expect(await isKeyBlocked(registry.pool, found.spkiSha256)).toBe(true);
    expect(await post("/v1/key-compromises", { proof })).toEqual(answer);
  });

  test("fail/a key that this CA never certified", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const publicJwk = (await exportJWK(publicKey)) as never;
    const proof = await proveKeyCompromise(
      { privateKey, publicJwk },
      { issuer, jti: jti(), now: new Date() },
    );
    expect(await post("/v1/key-compromises", { proof })).toMatchObject({ status: 404 });
  });

  test.each([
    ["signed by another key", "another-key", "MESSAGE_UNTRUSTED"],
    ["made for another CA", "another-ca", "MESSAGE_UNTRUSTED"],
    ["made an hour ago", "stale", "MESSAGE_STALE"],
    ["no token", "garbage", "MESSAGE_UNTRUSTED"],
    ["another kind of token", "another-type", "MESSAGE_UNTRUSTED"],
  ])("fail/a proof %s", async (_, how, code) => {
    const found = await leaked();
    const claims = { issuer, jti: jti(), now: new Date() };
    const other = await generateKeyPair("ES256");
    const made: Record<string, () => Promise<string>> = {
      "another-key": () => proveKeyCompromise({ ...found, privateKey: other.privateKey }, claims),
      "another-ca": () => proveKeyCompromise(found, { ...claims, issuer: "https://other.example" }),
      stale: () => proveKeyCompromise(found, { ...claims, now: new Date(Date.now() - 3_600_000) }),
      garbage: async () => "garbage",
      "another-type": () =>
        new SignJWT({ jti: claims.jti })
          .setProtectedHeader({ alg: "ES256", typ: labels.phoneMessage, jwk: found.publicJwk })
          .setAudience(issuer)
          .setIssuedAt()
          .sign(found.privateKey),
    };
    const { body } = await post("/v1/key-compromises", { proof: await made[how]!() });
    expect(body["code"]).toBe(code);
    expect(await statusOf(found.phone.enrolmentId)).toMatchObject({ state: "active" });
  });
});
