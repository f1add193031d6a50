import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import Fastify, { type FastifyRequest } from "fastify";
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose";
import { serveTokens } from "./bank-tokens.ts";

export const events = {
  attributesChanged: "urn:kazasu:event:attributes-changed",
  credentialChange: "https://schemas.openid.net/secevent/caep/event-type/credential-change",
  verification: "https://schemas.openid.net/secevent/ssf/event-type/verification",
};
export const audience = "urn:kazasu:party:abc-bank";

export type Attributes = { name?: string; address?: string; dateOfBirth?: string; sex?: string };
/** What is in force: the answer of `/v1/attributes` for one consent. */
export interface Consent {
  sub: string;
  anchorVersion: number;
  attributes: Attributes;
}
export interface Acknowledged {
  consentId: string;
  anchorVersion: number;
  outcome: string;
  reason?: string;
}
interface Stream {
  stream_id: string;
  iss: string;
  aud: string;
  delivery: { method: string; endpoint_url: string; authorization_header?: string };
  events_requested: string[];
}

/**
 * The least CA a bank can talk to: a token endpoint that checks the client's assertion and DPoP, one stream, one
 * JWKS. It is strict where a CA is strict: every call must bear a live token bound to the proof's key.
 */
export async function startTestAuthority() {
  const server = Fastify({ forceCloseConnections: true });
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const keys: JSONWebKeySet = {
    keys: [{ ...(await exportJWK(publicKey)), kid: "set-1", alg: "ES256", use: "sig" }],
  };
  const consents = new Map<string, Consent>();
  const acknowledged: Acknowledged[] = [];
  const seen = {
    verifications: 0,
    streamWrites: [] as string[],
    polls: [] as Record<string, unknown>[],
  };
  const pollable = new Map<string, string>();
  /** Answers under way. */
  const open = new Set<ServerResponse>();
  /** Answers to give in place of the real ones, by path, first in first out. */
  const troubles: { path: string; status: number; code: string }[] = [];
  const state = { stream: undefined as Stream | undefined, status: "enabled", url: "" };
  let pushing = Promise.resolve();

  const tokens = serveTokens(server, () => state.url);

  server.get("/.well-known/ssf-configuration", () => ({
    spec_version: "1_0",
    issuer: state.url,
    jwks_uri: `${state.url}/jwks.json`,
    delivery_methods_supported: ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
    configuration_endpoint: `${state.url}/ssf/streams`,
    status_endpoint: `${state.url}/ssf/status`,
    verification_endpoint: `${state.url}/ssf/verify`,
  }));
  server.get("/jwks.json", () => keys);

  void server.register(async (guarded) => {
    // Decided when a request comes, not when it is answered: what came while there was trouble met it.
    const met = new WeakMap<FastifyRequest, (typeof troubles)[number]>();
    guarded.addHook("onRequest", async (request, reply) => {
      open.add(reply.raw);
      reply.raw.once("close", () => open.delete(reply.raw));
      const index = troubles.findIndex(({ path }) => request.url.startsWith(path));
      const [trouble] = index < 0 ? [] : troubles.splice(index, 1);
      if (trouble) met.set(request, trouble);
    });
    guarded.addHook("preHandler", async (request, reply) => {
      if (!(await tokens.accepts(request)))
        return reply
          .code(401)
          .header("www-authenticate", 'DPoP error="invalid_token"')
          .send({ code: "PARTY_TOKEN_INVALID" });
      const trouble = met.get(request);
      if (trouble) return reply.code(trouble.status).send({ code: trouble.code });
    });
    guarded.get("/ssf/streams", () => (state.stream ? [state.stream] : []));
    const write = async (request: FastifyRequest) => {
      const body = request.body as Omit<Stream, "iss" | "aud" | "stream_id">;
      const stream_id = state.stream?.stream_id ?? randomUUID();
      const endpoint_url = body.delivery.endpoint_url ?? `${state.url}/ssf/poll/${stream_id}`;
      const delivery = { ...body.delivery, endpoint_url };
      state.stream = { ...body, delivery, stream_id, iss: state.url, aud: audience };
      seen.streamWrites.push(request.method);
      return state.stream;
    };
    guarded.post("/ssf/streams", async (request, reply) => reply.code(201).send(await write(request)));
    guarded.patch("/ssf/streams", write);
    guarded.get("/ssf/status", () => ({ stream_id: state.stream?.stream_id, status: state.status }));
    guarded.post("/ssf/status", (request) => {
      state.status = (request.body as { status: string }).status;
      return request.body;
    });
    guarded.post("/ssf/verify", async (request, reply) => {
      const verification = { [events.verification]: { state: (request.body as { state: string }).state } };
      const sub_id = { format: "opaque", id: state.stream?.stream_id };
      const set = await sign({ events: verification, sub_id });
      if (state.stream?.delivery.method === "urn:ietf:rfc:8936") {
        offer(set);
        seen.verifications += 1;
      } else pushing = push(set).then(() => void (seen.verifications += 1));
      return reply.code(204).send();
    });
    guarded.post("/ssf/poll/:streamId", async (request) => {
      const body = request.body as { ack: string[]; setErrs: Record<string, unknown> };
      seen.polls.push(body);
      for (const jti of [...body.ack, ...Object.keys(body.setErrs)]) pollable.delete(jti);
      return { sets: Object.fromEntries(pollable), moreAvailable: false };
    });
    guarded.get("/v1/attributes", (request, reply) => {
      const consentId = (request.query as { consent: string }).consent;
      const consent = consents.get(consentId);
      if (!consent) return reply.code(409).send({ code: "CONSENT_NOT_IN_FORCE" });
      return { consentId, provenAt: "2030-01-01T00:00:00Z", ...consent };
    });
    guarded.post("/v1/acknowledgements", (request, reply) => {
      acknowledged.push(request.body as Acknowledged);
      return reply.code(204).send();
    });
  });

  /** Signs a SET; claims given replace the usual ones, `undefined` leaves one out. */
  async function sign(
    claims: Record<string, unknown>,
    more: { typ?: string; kid?: string; key?: CryptoKey } = {},
  ): Promise<string> {
    const { typ = "secevent+jwt", kid = "set-1", key = privateKey } = more;
    const iat = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      iss: state.url,
      aud: audience,
      iat,
      jti: randomUUID(),
      txn: randomUUID(),
      ...claims,
    })
      .setProtectedHeader({ alg: "ES256", typ, kid })
      .sign(key);
  }

  /** An attributes-changed event as the CA signs it. */
  const changed = (consentId: string, sub: string, version: number, more: Record<string, unknown> = {}) =>
    sign({
      sub_id: { format: "opaque", id: sub },
      events: {
        [events.attributesChanged]: {
          consent_id: consentId,
          anchor_version: version,
          attributes: ["address"],
          attributes_uri: `${state.url}/v1/attributes?consent=${consentId}`,
        },
      },
      ...more,
    });

  /** Pushes a SET to where the stream says, as RFC 8935 does. */
  async function push(set: string, headers: Record<string, string> = {}) {
    const { endpoint_url = "", authorization_header = "" } = state.stream?.delivery ?? {};
    const response = await fetch(endpoint_url, {
      method: "POST",
      headers: {
        "content-type": "application/secevent+jwt",
        accept: "application/json",
        authorization: authorization_header,
        ...headers,
      },
      body: set,
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? undefined : (JSON.parse(text) as { err?: string }),
    };
  }

  /** Puts a SET where it is polled from. */
  function offer(set: string, under?: string): string {
    const claims = JSON.parse(Buffer.from(set.split(".")[1] ?? "", "base64url").toString()) as {
      jti: string;
    };
    const jti = under ?? claims.jti;
    pollable.set(jti, set);
    return jti;
  }

  state.url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    get url() {
      return state.url;
    },
    state,
    seen,
    consents,
    acknowledged,
    pollable,
    troubles,
    /** Once all that was sent here before has come and been answered, or given up. */
    async settled(): Promise<void> {
      // What is sent now comes after what was sent before.
      await (await fetch(`${state.url}/jwks.json`)).arrayBuffer();
      while (open.size > 0) await once(open.values().next().value!, "close");
    },
    tokens,
    sign,
    changed,
    push,
    offer,
    async close() {
      await pushing;
      await server.close();
    },
  };
}
export type TestAuthority = Awaited<ReturnType<typeof startTestAuthority>>;
