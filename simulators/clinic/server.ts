import type { JSONWebKeySet } from "jose";
import { z } from "zod";
import { HttpRefusal, listen, makeServer } from "../http.ts";
import { Authority, AuthorityRefusal } from "../party/authority.ts";
import { loadSecrets } from "../party/secrets.ts";

export interface ClinicOptions {
  /** Folder of the client key. Default: in memory. */
  directory?: string | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  /** Address of the CA's gateway. */
  gateway: string;
  /** Address of the bank that refunds go to. */
  bank: string;
  /** The clinic's client at the CA's token endpoint. Default `midori-clinic`. */
  clientId?: string | undefined;
  /** Called with one line for each failure, without personal data. */
  log?: ((line: string) => void) | undefined;
}

/** A running clinic. */
export interface RunningClinic {
  url: string;
  clientId: string;
  /** The keys that the CA's operator registers for the client. */
  publicJwks: JSONWebKeySet;
  close(): Promise<void>;
}

const bodyLimit = 4 * 1_024;
const refund = z.strictObject({ subject: z.string().min(1).max(256) });
const links = z.object({
  links: z.array(z.object({ linkId: z.uuid(), sub: z.string(), role: z.string(), state: z.string() })),
});
const linkToken = z.object({ token: z.string() });
const dataset = z.object({ refundAccount: z.string() });

/**
 * Opens Midori Clinic: a party that requests a person's data from another party, if the person has linked the two. It stores
 * nothing of what it receives.
 */
export async function startClinic(options: ClinicOptions): Promise<RunningClinic> {
  const { clientId = "midori-clinic", bank, log = () => {} } = options;
  const gateway = options.gateway.replace(/\/$/, "");
  const { clientKey, publicJwks } = await loadSecrets(options.directory);
  const closing = new AbortController();
  const authority = new Authority({
    gateway,
    clientId,
    clientKey,
    scope: "links",
    closing: closing.signal,
  });
  const server = makeServer(bodyLimit, log);
  server.get("/jwks.json", () => publicJwks);

  /** The account for a patient's refund, requested from the bank with the patient's consent. */
  server.post("/refunds", async (request) => {
    const { subject } = refund.parse(request.body);
    try {
      const known = links.parse(await authority.call("GET", `${gateway}/v1/links`)).links;
      const ours = known.filter(({ sub, role }) => sub === subject && role === "receives");
      const link = ours.find(({ state }) => state === "in-force") ?? ours[0];
      if (!link) throw notLinked();
      const given = await authority.call("POST", `${gateway}/v1/links/${link.linkId}/tokens`);
      const { token } = linkToken.parse(given);
      return dataset.parse(await authority.askOther(token, `${bank}/datasets/refund-account`));
    } catch (error) {
      if (error instanceof AuthorityRefusal && error.code === "CONSENT_NOT_IN_FORCE") throw notLinked();
      throw error;
    }
  });

  const close = async () => {
    closing.abort();
    await server.close();
  };
  const url = await listen(server, options);
  return { url, clientId, publicJwks, close };
}

const notLinked = (): HttpRefusal =>
  new HttpRefusal(
    409,
    "NOT_LINKED",
    "The patient has not linked the bank with this clinic, or has withdrawn the link.",
    "Ask the patient for an account.",
  );
