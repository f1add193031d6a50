import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { makeSigner } from "../../../activities/delivery/security-event-token.ts";
import { audienceOf, eventTypes } from "../../../protocol/events.ts";
import { type Exhibits, hanako } from "./cases.ts";
import type { Place } from "./place.ts";

const issuer = "https://ca.example";
const es256 = { id: randomUUID(), alg: "ES256", subjectFormat: "opaque", subjectIssuer: "openid" } as const;
const audience = audienceOf("abc-bank");

/** Security Event Tokens as the engine signs them, and what a bank must not take for one (RFC 8417 §4, RFC 8725). */
export async function makeSets({ write }: Pick<Place, "write">): Promise<Exhibits<"set">> {
  const [es, rs, strangers] = await Promise.all([
    generateKeyPair("ES256", { extractable: true }),
    generateKeyPair("RS256", { extractable: true }),
    generateKeyPair("ES256"),
  ]);
  const published = {
    keys: [
      { ...(await exportJWK(es.publicKey)), kid: "es", alg: "ES256", use: "sig" },
      { ...(await exportJWK(rs.publicKey)), kid: "rs", alg: "RS256", use: "sig" },
    ],
  };
  const keys = {
    ES256: { kid: "es", privateKey: es.privateKey },
    RS256: { kid: "rs", privateKey: rs.privateKey },
  };
  const event = {
    jti: randomUUID(),
    partyId: "abc-bank",
    event: eventTypes.attributesChanged,
    subject: hanako,
    notificationId: randomUUID(),
    claims: {
      consent_id: randomUUID(),
      anchor_version: 2,
      attributes: ["address"],
      attributes_uri: `${issuer}/v1/attributes`,
    },
    position: "1",
    state: "pending" as const,
    attempts: 0,
    createdAt: new Date(),
  };
  const ours = makeSigner(keys, issuer);
  const good = await ours.signSet(event, es256);
  const [head = "", body = "", signature = ""] = good.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signedAs = (more: object, header: object = {}) =>
    new SignJWT({ ...claims, ...more })
      .setProtectedHeader({ alg: "ES256", typ: "secevent+jwt", kid: "es", ...header })
      .sign(es.privateKey);
  const bySecret = new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "secevent+jwt", kid: "es" })
    .sign(new TextEncoder().encode(JSON.stringify(published.keys[0])));
  const byStranger = makeSigner(
    { ...keys, ES256: { kid: "es", privateKey: strangers.privateKey } },
    issuer,
  ).signSet(event, es256);
  const unpublished = makeSigner({ ...keys, ES256: { kid: "new", privateKey: es.privateKey } }, issuer);

  const jwks = await write("jwks.json", JSON.stringify(published));
  let count = 0;
  const exhibit = async (token: string) => [await write(`set-${++count}`, token), jwks, issuer, audience];
  return {
    "as the engine signs it, ES256": await exhibit(good),
    "as the engine signs it, RS256": await exhibit(await ours.signSet(event, { ...es256, alg: "RS256" })),
    "its content tampered with": await exhibit(
      `${head}.${encoded({ ...claims, sub_id: { format: "opaque", id: "other" } })}.${signature}`,
    ),
    "its signature tampered with": await exhibit(`${head}.${body}.${tampered(signature)}`),
    "signed by a stranger under a published kid": await exhibit(await byStranger),
    "under a kid that is not published": await exhibit(await unpublished.signSet(event, es256)),
    "for another party": await exhibit(await signedAs({ aud: audienceOf("clinic") })),
    "of another issuer": await exhibit(await signedAs({ iss: "https://other.example" })),
    "of the type of an access token": await exhibit(await signedAs({}, { typ: "at+jwt" })),
    "without a type": await exhibit(await signedAs({}, { typ: undefined })),
    "with sub, as an ID token has it": await exhibit(await signedAs({ sub: hanako })),
    "with exp, as an ID token has it": await exhibit(await signedAs({ exp: 9_999_999_999 })),
    unsigned: await exhibit(`${encoded({ alg: "none", typ: "secevent+jwt" })}.${body}.`),
    "signed with a published key as a shared secret": await exhibit(await bySecret),
  };
}

/** The first character replaced: another signature of the same length. */
const tampered = (signature: string): string =>
  `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
