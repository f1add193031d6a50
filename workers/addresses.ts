import { BlockList, isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { ClientConnectConfig } from "@temporalio/envconfig";
import { Client } from "pg";

/**
 * How each address setting may be reached in production. `signed`: also plain http, because the fetched data is itself signed
 * (RFC 5280 §8, RFC 3161). `test`: the setting belongs to the test setting.
 */
export const addressRules = {
  DATABASE_URL: "tls",
  TEMPORAL_ADDRESS: "tls",
  KAZASU_JLIS_URL: "https",
  KAZASU_PUBLIC_URL: "https",
  KAZASU_PAGE_URL: "https",
  KAZASU_CPS_URL: "https",
  KAZASU_CONSOLE_ISSUER: "https",
  KAZASU_TEMPORAL_UI_URL: "https",
  KAZASU_CRL_URL: "signed",
  KAZASU_OCSP_URL: "signed",
  KAZASU_TSA_URL: "signed",
  // Its own schema allows only mailto: and https:.
  KAZASU_VAPID_SUBJECT: "contact",
  KAZASU_ATTESTER_URL: "test",
  KAZASU_CARDS_URL: "test",
  KAZASU_PUSH_URL: "test",
  KAZASU_APP_LINK_URL: "test",
} as const;

type AddressSetting = keyof typeof addressRules;
type Over<Rule> = {
  [Name in AddressSetting]: (typeof addressRules)[Name] extends Rule ? Name : never;
}[AddressSetting];

const overHttps = Object.entries(addressRules)
  .filter(([, rule]) => rule === "https")
  .map(([name]) => name as Over<"https">);

const overHttp = Object.entries(addressRules)
  .filter(([, rule]) => rule === "https" || rule === "signed")
  .map(([name]) => name as Over<"https" | "signed">);

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

export interface Addresses extends Partial<Record<Over<"https" | "signed">, string | undefined>> {
  DATABASE_URL: string;
  temporal: Required<ClientConnectConfig>;
  /** Hosts of Postgres and Temporal that may be reached without TLS, over a network that only the operator uses. */
  KAZASU_PLAIN_HOSTS: readonly string[];
}

/** What is wrong with the addresses of a production setting, one clause for each; values are never repeated. */
export function addressFaults(addresses: Addresses): string[] {
  const { KAZASU_PLAIN_HOSTS: plain, temporal } = addresses;
  const isSafe = ({ host, verified }: Reach) => verified || isLoopback(host) || plain.includes(host);
  const exception = "or name its host in KAZASU_PLAIN_HOSTS where the network between is yours alone";
  return [
    ...overHttps
      .filter((name) => addresses[name] !== undefined && new URL(addresses[name]).protocol !== "https:")
      .map((name) => `${name} must be https in production`),
    // Credentials would be written into certificates and tokens, and `fetch` refuses them.
    ...overHttp
      .filter((name) => addresses[name] !== undefined && hasCredentials(new URL(addresses[name])))
      .map((name) => `${name} must carry no credentials`),
    ...postgresFaults(addresses.DATABASE_URL, isSafe, exception),
    ...(isSafe(reachOfTemporal(temporal))
      ? []
      : [`TEMPORAL_ADDRESS leaves this machine without TLS: set TEMPORAL_TLS=true, ${exception}`]),
  ];
}

const hasCredentials = ({ username, password }: URL): boolean => username !== "" || password !== "";

interface Reach {
  host: string;
  verified: boolean;
}

function postgresFaults(url: string, isSafe: (reach: Reach) => boolean, exception: string): string[] {
  try {
    if (isSafe(reachOfPostgres(url))) return [];
    return [`DATABASE_URL leaves this machine without verified TLS: add sslmode=verify-full, ${exception}`];
  } catch {
    return ["DATABASE_URL names files for TLS that cannot be read, or contradicts itself about TLS"];
  }
}

/** As parsed by the driver: a host in the query part takes precedence over the one before it. */
function reachOfPostgres(connectionString: string): Reach {
  const { host, ssl } = new Client({ connectionString }) as { host: string; ssl: unknown };
  // libpq's verify-ca and require do not check the host name: with a public root anybody's certificate would be accepted.
  const { rejectUnauthorized, checkServerIdentity } = Object(ssl) as ConnectionOptions;
  const verified = Boolean(ssl) && rejectUnauthorized !== false && checkServerIdentity === undefined;
  return { host: bare(host), verified };
}

function reachOfTemporal({ connectionOptions: { address, tls } }: Required<ClientConnectConfig>): Reach {
  const host = /^(.*?)(?::\d+)?$/.exec(address ?? "")?.[1] ?? "";
  return { host: bare(host), verified: Boolean(tls) };
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1").toLowerCase();

/** A host that only this machine reaches: `localhost`, a socket, or a loopback address. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host.startsWith("/")) return true;
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 4 ? "ipv4" : "ipv6");
}
