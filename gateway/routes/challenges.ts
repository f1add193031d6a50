import { randomBytes, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { SignJWT } from "jose";
import type { Pool } from "pg";
import { malformed, Refusal } from "../../domain/refusal.ts";
import {
  type ChallengeAnswer,
  type ChallengeClaims,
  challengeAnswer,
  challengeRequest,
} from "../../protocol/challenge.ts";
import { decode, encode } from "../../protocol/encoding.ts";
import { labels } from "../../protocol/labels.ts";
import { findParty } from "../../registry/party/parties.ts";
import { offeredNotices } from "../notices.ts";
import { operation } from "../openapi/described.ts";
import type { SealingKey, ServiceKey } from "../service-keys.ts";

export interface ChallengeDeps {
  pool: Pool;
  clock: () => Date;
  issuer: string;
  /** The validity of a challenge, seconds. */
  challengeSeconds: number;
  serviceKey: ServiceKey;
  sealingKey: Pick<SealingKey, "kid" | "point">;
}

/** `POST /v1/challenges`: the answer is signed, and nothing is stored: an unused challenge leaves no trace. */
export function challengeRoute(server: FastifyInstance, deps: ChallengeDeps): void {
  server.post(
    "/v1/challenges",
    operation("Request a challenge", challengeRequest, challengeAnswer),
    async (request): Promise<ChallengeAnswer> => {
      const asked = challengeRequest.safeParse(request.body);
      if (!asked.success) throw malformed("The challenge request does not match its schema", asked.error);
      const { party: partyId, app: appId, intent, spkiSha256, ecdhKey } = asked.data;

      const party = await findParty(deps.pool, partyId);
      if (!party) throw new Refusal({ code: "UNKNOWN_PARTY", detail: "No party of this id is registered." });
      const app = party.apps.find(({ id }) => id === appId);
      if (!app)
        throw new Refusal({ code: "UNKNOWN_APP", detail: "The party has no app of this id registered." });
      await requirePoint(ecdhKey);

      const issuedAt = Math.floor(deps.clock().getTime() / 1000);
      const claims: ChallengeClaims = {
        iss: deps.issuer,
        jti: encode(randomBytes(32)),
        iat: issuedAt,
        exp: issuedAt + deps.challengeSeconds,
        enrolmentId: randomUUID(),
        party: { id: party.id, name: party.name },
        app: appId,
        intent,
        spkiSha256,
        ecdhKey,
        sealing: { kid: deps.sealingKey.kid, publicKey: encode(deps.sealingKey.point) },
        notices: await offeredNotices(deps.pool),
        attestation: app.attestation,
      };
      const challenge = await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "ES256", typ: labels.challenge, kid: deps.serviceKey.kid })
        .sign(deps.serviceKey.privateKey);
      return { challenge };
    },
  );
}

/** Nothing can be sealed to a point that is not on the curve: refuse it now, not after the tap. */
async function requirePoint(ecdhKey: string): Promise<void> {
  try {
    await crypto.subtle.importKey("raw", decode(ecdhKey), { name: "ECDH", namedCurve: "P-256" }, false, []);
  } catch {
    throw new Refusal({
      code: "MALFORMED_REQUEST",
      detail: "ecdhKey is not an uncompressed point on P-256.",
    });
  }
}
