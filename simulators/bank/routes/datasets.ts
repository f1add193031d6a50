import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { HttpRefusal } from "../../http.ts";
import { findAccount } from "../accounts.ts";
import type { Bank } from "../bank.ts";
import { readLinkedRequest } from "../linked-request.ts";

const links = z.object({
  links: z.array(z.object({ linkSubject: z.string(), sub: z.string(), role: z.string(), state: z.string() })),
});

/** The data that the bank gives to other parties with its customer's consent. */
export function datasetRoutes(server: FastifyInstance, { pool, authority }: Bank): void {
  /** The account for refunds: the customer's number. */
  server.get("/datasets/refund-account", async (request) => {
    const asked = await readLinkedRequest(
      authority,
      {
        method: request.method,
        url: `http://${request.headers.host ?? ""}${request.url}`,
        authorization: request.headers.authorization,
        dpop: String(request.headers["dpop"] ?? ""),
      },
      "abc-bank",
    );
    if (!asked)
      throw new HttpRefusal(
        401,
        "NOT_LINKED",
        "The caller has no valid token of the CA.",
        "Request a token from the CA under the person's link.",
        { "www-authenticate": "DPoP" },
      );
    const known = links.parse(await authority.call("GET", `${authority.gateway}/v1/links`)).links;
    const link = known.find(({ linkSubject, role, state }) => {
      return linkSubject === asked.linkSubject && role === "gives" && state === "in-force";
    });
    const account = link && (await findAccount(pool, link.sub));
    if (!account)
      throw new HttpRefusal(404, "NO_ACCOUNT", "This customer has no account here.", "Ask the customer.");
    return { refundAccount: account.customer };
  });
}
