import cookies from "@fastify/cookie";
import type { JSONWebKeySet } from "jose";
import { listen, makeServer } from "../http.ts";
import { Authority } from "../party/authority.ts";
import { loadSecrets } from "../party/secrets.ts";
import type { Bank } from "./bank.ts";
import { Clerk } from "./clerk.ts";
import type { Connection } from "./connection.ts";
import { openBankDatabase } from "./database.ts";
import { Faults } from "./faults.ts";
import { Askings } from "./online/askings.ts";
import { Sessions } from "./online/sessions.ts";
import type { CheckSignature } from "./online/signing.ts";
import { Poller } from "./poller.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { controlRoutes } from "./routes/control.ts";
import { datasetRoutes } from "./routes/datasets.ts";
import { eventRoutes } from "./routes/events.ts";
import { onlineRoutes } from "./routes/online.ts";
import { SetVerifier } from "./security-event.ts";
import { connectStream } from "./stream.ts";
import { startWork, type Work } from "./work.ts";

export interface BankOptions {
  /** Folder of the client key. Default: in memory. */
  directory?: string | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  /** postgres:// URL; everything is in its schema `abc_bank`, created at the first start. */
  databaseUrl: string;
  /** Address of the CA's gateway. */
  gateway: string;
  /** The bank's client at the CA's token endpoint. Default `abc-bank`. */
  clientId?: string | undefined;
  /** How events come: pushed (RFC 8935, the default) or polled (RFC 8936). */
  method?: "push" | "poll" | undefined;
  /** Pause after a poll without events, in ms. Default 1,000. */
  pollEveryMs?: number | undefined;
  /** First pause after a failure, in ms; it doubles up to half a minute. Default 500. */
  retryEveryMs?: number | undefined;
  /** Verifies the signature of a transfer. Without it the bank accepts none. */
  checkSignature?: CheckSignature | undefined;
  /** Called with one line for each failure, without personal data. */
  log?: ((line: string) => void) | undefined;
}

/** A running bank. */
export interface RunningBank {
  url: string;
  clientId: string;
  /** The keys that the CA's operator registers for the client. */
  publicJwks: JSONWebKeySet;
  /** Where its customers' browsers return after a login. */
  redirectUris: string[];
  /** How it learns the result of logins by push (CIBA). */
  backchannel: { delivery: "poll" };
  close(): Promise<void>;
}

const callbackPath = "/online/callback";
/** Bodies of the routes that take JSON. */
const bodyLimit = 8 * 1_024;

/**
 * Opens ABC Bank: a relying party that uses only the CA's public interface. It listens at once and connects to the CA in the
 * background, however long that takes.
 */
export async function startBank(options: BankOptions): Promise<RunningBank> {
  const { clientId = "abc-bank", method = "push", pollEveryMs = 1_000, retryEveryMs = 500 } = options;
  const log = options.log ?? (() => {});
  const gateway = options.gateway.replace(/\/$/, "");
  const { clientKey, publicJwks, pushAuthorization } = await loadSecrets(options.directory);
  const pool = await openBankDatabase(options.databaseUrl);
  const closing = new AbortController();
  const authority = new Authority({
    gateway,
    clientId,
    clientKey,
    scope: "ssf attributes links transactions",
    closing: closing.signal,
  });
  const verifier = new SetVerifier();
  const faults = new Faults();
  const policy = { reviewNames: false };
  const server = makeServer(bodyLimit, log);
  let url = "";
  let work: Work | undefined;
  let connecting: Promise<Connection> | undefined;
  const makeStream = async () => {
    const endpoint = `${url}/events`;
    const connection = await connectStream({ pool, authority, method, endpoint, pushAuthorization });
    work?.connected();
    return connection;
  };
  /** One attempt at a time, for all callers. */
  const connect = () => {
    connecting ??= makeStream().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };
  const wakeClerk = () => work?.wakeClerk();
  const bank: Bank = { pool, authority, verifier, faults, policy, pushAuthorization, wakeClerk, connect };
  await server.register(cookies);
  server.get("/jwks.json", () => publicJwks);
  for (const routes of [accountRoutes, datasetRoutes, eventRoutes, controlRoutes]) routes(server, bank);
  const sessions = new Sessions();
  const askings = new Askings({
    pool,
    authority,
    sessions,
    checkSignature: options.checkSignature ?? noSignature,
    redirectUri: () => `${url}${callbackPath}`,
    closing: closing.signal,
    log,
  });
  onlineRoutes(server, bank, { sessions, askings });
  const close = async () => {
    closing.abort();
    await server.close();
    await Promise.allSettled([work?.ended, connecting]);
    await pool.end();
  };
  try {
    url = await listen(server, options);
  } catch (error) {
    await close();
    throw error;
  }
  const clerk = new Clerk(pool, authority, policy);
  const poller = method === "poll" ? new Poller(pool, authority, verifier) : undefined;
  const { signal } = closing;
  work = startWork({ connect, poller, clerk, faults, pollEveryMs, retryEveryMs, log, closing: signal });
  faults.onChange = () => work?.ring();
  const backchannel = { delivery: "poll" as const };
  return { url, clientId, publicJwks, redirectUris: [`${url}${callbackPath}`], backchannel, close };
}

const noSignature: CheckSignature = async () => {
  throw new Error("This bank was opened without a signature verifier.");
};
