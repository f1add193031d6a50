import { eventPaths } from "./events.ts";
import { partyPaths } from "./parties.ts";
import { phonePaths } from "./phones.ts";
import { tokenPaths } from "./tokens.ts";

/**
 * The interface as OpenAPI 3.1, made from the very schemas that requests are read with.
 * @param publicUrl address of the gateway, without a slash at its end
 */
export const openApi = (issuer: string, publicUrl: string): object => ({
  openapi: "3.1.0",
  info: {
    title: "kazasu gateway",
    version: "1",
    description:
      `One-tap enrolment with the My Number Card, consents, changes told by consent, login and signed transactions. ` +
      `Issuer: ${issuer}.`,
  },
  servers: [{ url: publicUrl }],
  components: {
    securitySchemes: {
      party: {
        type: "openIdConnect",
        openIdConnectUrl: `${publicUrl}/openid/.well-known/openid-configuration`,
        description: "A token of the party's server (client credentials), bound to its key (DPoP, RFC 9449)",
      },
    },
  },
  paths: { ...phonePaths, ...partyPaths, ...eventPaths, ...tokenPaths },
});
