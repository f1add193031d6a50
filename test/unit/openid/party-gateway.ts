import { createPrivateKey, sign as createSignature, randomUUID } from "node:crypto";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance } from "fastify";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import type { Provider } from "oidc-provider";
import { assertPublicEndpoint } from "../../../activities/delivery/outbound.ts";
import { makeSigner, type SetSigner } from "../../../activities/delivery/security-event-token.ts";
import type { TimeStampAuthority } from "../../../domain/transaction/time-stamp.ts";
import type { ProvenLimits } from "../../../gateway/limits/proven-limits.ts";
import { oidcIssuer } from "../../../gateway/openid/oidc-issuer.ts";
import { openIdIssuer } from "../../../gateway/openid/openid-issuer.ts";
import type { OutsideFetch } from "../../../gateway/openid/provider.ts";
import { issuerRoutes } from "../../../gateway/openid/routes.ts";
import { ownInterfaceRoutes } from "../../../gateway/party/routes.ts";
import { onError, sendProblem } from "../../../gateway/problems.ts";
import { acknowledgementsRoute } from "../../../gateway/routes/acknowledgements.ts";
import { attributesRoute } from "../../../gateway/routes/attributes.ts";
import { protectedResourceRoute } from "../../../gateway/routes/protected-resource.ts";
import { transactionsRoute } from "../../../gateway/routes/transactions.ts";
import { useSecurityHeaders } from "../../../gateway/security-headers.ts";
import { sharedSignalsRoutes } from "../../../gateway/shared-signals/routes.ts";
import type { IssuerName } from "../../../protocol/issuer.ts";
import type { PublishedGeneration } from "../../../protocol/own-interface.ts";
import { registerPartyClient } from "../../../registry/party/clients.ts";
import { registerParty } from "../../../registry/party/parties.ts";
import { choosePort } from "../../../sandbox/embedded/ports.ts";
import { sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";
import { PartyCaller } from "./party-caller.ts";

/** The addresses for relying parties over HTTP, on a real registry; the lifecycles behind them are written down only. */
export interface PartyGateway {
  url: string;
  registry: TestRegistry;
  /** `<consentId>/<version>` of every notification that was signalled. */
  moved: string[];
  /** The `jti`s that were to be transmitted. */
  transmitted: string[];
  /** Where signatures are time-stamped there; none at first. */
  stamps: { authority: TimeStampAuthority | undefined };
  /** Whether Temporal does not answer there. */
  temporal: { isAway: boolean };
  /** What time it is there. */
  clock: { now: Date };
  /** What was written to its log. */
  logged: Record<string, unknown>[];
  /** Signs an event, as for its stream. */
  signSet: SetSigner["signSet"];
  /** The library behind `/openid`, for tokens that no test can come by otherwise; and the one behind `/oidc`. */
  provider: Provider;
  oidcProvider: Provider;
  /** Registers a party (unless it is there) with a client of its own, of the issuer `openid` unless `more` names another. */
  party(partyId?: string, more?: { issuer?: IssuerName; jwksUri?: string }): Promise<PartyCaller>;
  close(): Promise<void>;
}

/** As gRPC says it. */
const away = () => Object.assign(new Error("unavailable"), { code: 14, details: "", metadata: {} });

export const publishedGeneration: PublishedGeneration = {
  id: "g1",
  issuesFrom: "2026-01-01T00:00:00.000Z",
  root: { url: "http://crl.ca.example/g1/root.cer", sha256: "11".repeat(32) },
  issuing: { url: "http://crl.ca.example/g1/issuing.cer", sha256: "22".repeat(32) },
  rootCrl: "http://crl.ca.example/g1/root.crl",
  crls: ["http://crl.ca.example/g1/0.crl"],
};

export async function namedKey(kid: string, alg: "ES256" | "RS256") {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const named: JWK = { kid, alg, use: "sig" };
  return {
    kid,
    privateKey,
    privateJwk: { ...(await exportJWK(privateKey)), ...named },
    publicJwk: { ...(await exportJWK(publicKey)), ...named },
  };
}

/** A key that signs where it lives. */
async function signingKeyOf({ kid, privateJwk, publicJwk }: Awaited<ReturnType<typeof namedKey>>) {
  const key = createPrivateKey({ key: { ...privateJwk }, format: "jwk" });
  const sign = async (data: Uint8Array) =>
    createSignature("sha256", data, { key, dsaEncoding: "ieee-p1363" });
  return { kid, alg: publicJwk.alg as "ES256" | "RS256", publicJwk, sign };
}

/**
 * @param limits how often parties may ask; as often as they like by default
 * @param options `explains`: as the test setting does; `perMinute`: requests of one address; `allow`: inner addresses to which
 *   events may be pushed
 */
export async function startPartyGateway(
  limits?: ProvenLimits,
  options: {
    explains?: boolean;
    perMinute?: number;
    fetchOutside?: OutsideFetch["fetchOutside"];
    allow?: (url: URL) => boolean;
  } = {},
): Promise<PartyGateway> {
  const { explains = false, perMinute = 10_000, fetchOutside = fetch, allow } = options;
  const [registry, tokens, oidcTokens, ES256, RS256, port] = await Promise.all([
    startTestRegistry(),
    namedKey("tokens", "ES256"),
    Promise.all([namedKey("oidc-rs", "RS256"), namedKey("oidc-es", "ES256")]),
    namedKey("es", "ES256"),
    namedKey("rs", "RS256"),
    choosePort(undefined, new Set()),
  ]);
  const { pool } = registry;
  const url = `http://127.0.0.1:${port}`;
  const clock = { now: new Date() };
  const stamps: PartyGateway["stamps"] = { authority: undefined };
  const temporal = { isAway: false };
  const moved: string[] = [];
  const transmitted: string[] = [];
  const logged: PartyGateway["logged"] = [];
  const stream = { write: (line: string) => void logged.push(JSON.parse(line)) };
  const server = Fastify({ logger: { level: "warn", stream } }) as unknown as FastifyInstance;
  server.removeContentTypeParser("text/plain");
  server.setErrorHandler(onError);
  server.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, "NOT_FOUND", "There is no such address."),
  );
  await useSecurityHeaders(server, url);
  await server.register(rateLimit, { max: perMinute });
  const deps = {
    pool,
    ...(limits ? { limits } : {}),
    sealer,
    explains,
    log: server.log,
    publicUrl: url,
    tokenKeys: [await signingKeyOf(tokens)],
    oidcKeys: await Promise.all(oidcTokens.map(signingKeyOf)),
    eventKeys: [ES256.publicJwk, RS256.publicJwk],
    signSet: makeSigner({ ES256, RS256 }, url).signSet,
    assertEndpoint: (address: string): void => {
      assertPublicEndpoint(address, allow);
    },
    clock: () => clock.now,
    notification: {
      async moved(consentId: string, version: number) {
        moved.push(`${consentId}/${version}`);
      },
      async transmit(jti: string) {
        transmitted.push(jti);
      },
    },
  };
  const ownDeps = { ...deps, secret: new Uint8Array(32), pushLogin: async () => {}, fetchOutside };
  const provider = openIdIssuer(ownDeps);
  issuerRoutes(server, { issuerName: "openid", provider, publicUrl: url });
  const oidcProvider = oidcIssuer(ownDeps);
  issuerRoutes(server, { issuerName: "oidc", provider: oidcProvider, publicUrl: url });
  protectedResourceRoute(server, { publicUrl: url });
  sharedSignalsRoutes(server, deps);
  ownInterfaceRoutes(server, {
    ...deps,
    notification: {
      transmit: (jti) => (temporal.isAway ? Promise.reject(away()) : deps.notification.transmit(jti)),
    },
    authority: { generations: async () => [publishedGeneration], ocsp: "http://ocsp.ca.example/" },
  });
  attributesRoute(server, deps);
  acknowledgementsRoute(server, deps);
  transactionsRoute(server, {
    ...deps,
    get timeStampAuthority() {
      return stamps.authority;
    },
  });
  await server.listen({ host: "127.0.0.1", port });

  return {
    url,
    registry,
    moved,
    transmitted,
    temporal,
    stamps,
    clock,
    logged,
    signSet: deps.signSet,
    provider,
    oidcProvider,
    async party(partyId = `party-${randomUUID()}`, more: { issuer?: IssuerName; jwksUri?: string } = {}) {
      await registerParty(pool, {
        id: partyId,
        name: { ja: "銀行", en: "Bank" },
        apps: [{ id: "app", attestation: "optional" }],
      });
      const key = await namedKey("client", "ES256");
      const clientId = `client-${randomUUID()}`;
      const { jwksUri, issuer = "openid" } = more;
      await registerPartyClient(pool, {
        id: clientId,
        partyId,
        issuer,
        ...(jwksUri === undefined ? { jwks: { keys: [key.publicJwk] } } : { jwksUri }),
        redirectUris: ["https://rp.example/cb"],
        ...(issuer === "openid" ? { backchannel: { delivery: "poll" } } : {}),
      });
      return new PartyCaller({ url, partyId, clientId, key });
    },
    async close() {
      await server.close();
      await registry.close();
    },
  };
}
