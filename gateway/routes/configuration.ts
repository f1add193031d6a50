import type { FastifyInstance } from "fastify";
import { isTailOverdue } from "../../domain/audit/standing.ts";
import { publishedNotices } from "../../registry/party/parties.ts";
import type { GatewayDeps } from "../gateway.ts";

/**
 * `GET /.well-known/kazasu-configuration`: keys, addresses and the setting. A test setting says so, loudly: in
 * `setting`, in `warning` and in the header of every answer.
 */
export function configurationRoute(server: FastifyInstance, deps: GatewayDeps): void {
  const { settings, serviceKey } = deps;
  server.get("/.well-known/kazasu-configuration", async () => ({
    issuer: settings.issuer,
    setting: settings.setting,
    ...(settings.setting === "test"
      ? {
          warning:
            "TEST SETTING: simulated cards are trusted here. Certificates of this CA prove nothing about anybody.",
        }
      : {}),
    serviceKeys: { keys: [serviceKey.publicJwk] },
    vapidPublicKey: settings.vapidPublicKey,
    ...(settings.pageUrl === undefined ? {} : { personPage: settings.pageUrl }),
    parties: {
      tokens: `${settings.publicUrl}/openid/.well-known/openid-configuration`,
      events: `${settings.publicUrl}/.well-known/ssf-configuration`,
    },
    linkNotices: (await publishedNotices(deps.pool)).filter(({ purpose }) => purpose === "link"),
    crl: settings.urls.crlBase,
    ocsp: settings.urls.ocsp,
    ...(settings.simulators ? { simulators: settings.simulators } : {}),
  }));

  server.get("/health", async () => {
    const isStalled = await isTailOverdue(deps.pool);
    return { status: "ok", setting: settings.setting, auditLog: isStalled ? "stalled" : "chained" };
  });
}
