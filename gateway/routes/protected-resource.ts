import type { FastifyInstance, FastifyReply } from "fastify";
import { partyScopes } from "../../protocol/events.ts";
import { issuerUrl } from "../../protocol/issuer.ts";

/** Where the metadata of the gateway as a protected resource are; the resource's identifier has no path (RFC 9728 §3). */
const path = "/.well-known/oauth-protected-resource";

/**
 * The gateway as a protected resource of its authorization server (RFC 9728): what a party's access token must be like. Every
 * challenge of the parties' addresses names the metadata (§5.1).
 * @param publicUrl the gateway's, which is the audience of the tokens
 */
export function protectedResourceRoute(server: FastifyInstance, { publicUrl }: { publicUrl: string }): void {
  server.get(path, async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send({
      resource: publicUrl,
      authorization_servers: [issuerUrl(publicUrl, "openid")],
      jwks_uri: `${publicUrl}/jwks.json`,
      scopes_supported: partyScopes,
      bearer_methods_supported: ["header"],
      resource_name: "kazasu gateway",
      dpop_signing_alg_values_supported: ["ES256"],
      dpop_bound_access_tokens_required: true,
    }),
  );
  server.addHook("onSend", async (_request, reply) => nameMetadata(reply, `${publicUrl}${path}`));
}

function nameMetadata(reply: FastifyReply, url: string): void {
  const challenge = reply.getHeader("www-authenticate");
  if (typeof challenge === "string" && !challenge.includes("resource_metadata"))
    reply.header("www-authenticate", `${challenge}, resource_metadata="${url}"`);
}
