import type { FastifyInstance } from "fastify";
import type { Pool } from "pg";
import { isTailOverdue } from "../../domain/audit/standing.ts";
import { publishedNotices } from "../../registry/party/parties.ts";
import type { ServiceKey } from "../service-keys.ts";

export interface ConfigurationDeps {
  pool: Pool;
  issuer: string;
  publicUrl: string;
  setting: "production" | "test";
  serviceKey: Pick<ServiceKey, "publicJwk">;
  /** The VAPID key of our pushes (RFC 8292), base64url. */
  vapidPublicKey: string;
  /** The origin of the person page; `undefined` without one. */
  pageUrl?: string | undefined;
  urls: { crlBase: string; ocsp: string };
  /** Test setting only: addresses of the simulated card reader and attester. */
  simulators?: { cards: string; attester: string } | undefined;
}

/**
 * `GET /.well-known/kazasu-configuration`: keys, addresses and the setting. A test setting is marked in `setting`, in `warning`
 * and in the header of every answer.
 */
export function configurationRoute(server: FastifyInstance, deps: ConfigurationDeps): void {
  const { serviceKey, setting, pageUrl, publicUrl, simulators } = deps;
  server.get("/.well-known/kazasu-configuration", async () => ({
    issuer: deps.issuer,
    setting,
    ...(setting === "test"
      ? {
          warning:
            "TEST SETTING: simulated cards are trusted here. Certificates of this CA prove nothing about anybody.",
        }
      : {}),
    serviceKeys: { keys: [serviceKey.publicJwk] },
    vapidPublicKey: deps.vapidPublicKey,
    ...(pageUrl === undefined ? {} : { personPage: pageUrl }),
    parties: {
      tokens: `${publicUrl}/openid/.well-known/openid-configuration`,
      events: `${publicUrl}/.well-known/ssf-configuration`,
    },
    linkNotices: (await publishedNotices(deps.pool)).filter(({ purpose }) => purpose === "link"),
    crl: deps.urls.crlBase,
    ocsp: deps.urls.ocsp,
    ...(simulators ? { simulators } : {}),
  }));

  server.get("/health", async () => {
    const isStalled = await isTailOverdue(deps.pool);
    return { status: "ok", setting, auditLog: isStalled ? "stalled" : "chained" };
  });
}
