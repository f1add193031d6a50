import { BlockList, isIP } from "node:net";
import { type ClientConnectConfig, loadClientConnectConfig } from "@temporalio/envconfig";
import { z } from "zod";
import { leastYears } from "../domain/audit/retention.ts";
import { addressFaults } from "./addresses.ts";

/** An error of the operator's making: shown as one sentence, without a stack. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

const port = z.coerce.number().int().min(0).max(65_535);
const keptYears = (least: number) => z.coerce.number().int().min(least).max(100).default(least);
const httpUrl = z.url({ protocol: /^https?$/ });
const plainUrl = z.url({
  protocol: /^http$/,
  error: "must be an http:// address: its own certificate would have to be checked first",
});
/** Tokens and cookies are made of it as it is written: whether it is over TLS is read off its first letters. */
const originUrl = httpUrl
  .regex(/^https?:\/\/[^\\/?#@]+\/?$/i, "must be an origin (https://ca.example) and nothing more")
  .transform((url) => url.replace(/^https?:/i, (scheme) => scheme.toLowerCase()));

const networks = z
  .string()
  .transform((text) => text.split(/ *, */))
  .refine(
    (list) => list.every(isNetwork),
    "must be addresses or networks (10.0.0.0/8), a comma between them",
  );

const hostsOf = (text: string): string[] => text.toLowerCase().split(/ *, */);
const hostNames = z
  .string()
  .regex(/^[\w.:-]+(?: *, *[\w.:-]+)*$/, "must be host names, a comma between them")
  .refine(
    (text) => hostsOf(text).every((host) => isIP(host) !== 0 || !host.includes(":")),
    "must name no ports",
  )
  .transform(hostsOf);

const environmentSchema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Production: hosts of Postgres and Temporal that are reached without TLS, a comma between them. */
  KAZASU_PLAIN_HOSTS: hostNames.default([]),
  /** `production` trusts the public JPKI CAs; `test` trusts the simulators' and nothing else. */
  KAZASU_SETTING: z.enum(["production", "test"]).default("production"),
  KAZASU_ISSUER: z.string().max(200).default("kazasu"),
  KAZASU_CA_NAME: z.string().max(64).default("Kazasu Development CA"),
  /** Directory of the CA's and the services' keys. */
  KAZASU_KEYS: z.string().min(1),
  /** Directory of the issuance journal: on another disk than Postgres. */
  KAZASU_JOURNAL: z.string().min(1),
  KAZASU_JLIS_URL: httpUrl,
  KAZASU_HOST: z.string().default("127.0.0.1"),
  KAZASU_GATEWAY_PORT: port.default(8080),
  KAZASU_CRL_PORT: port.default(8081),
  KAZASU_OCSP_PORT: port.default(8082),
  /** Where the world finds CRLs and OCSP: written into certificates. Plain http, as RFC 5280 §8 wants it. */
  KAZASU_CRL_URL: plainUrl,
  KAZASU_OCSP_URL: plainUrl,
  /** Where the certification practice statement can be read: written into certificates. */
  KAZASU_CPS_URL: httpUrl.optional(),
  /** File (mode 0600) with the PIN of the token that holds the CA's keys, where a ceremony put them into an HSM. */
  KAZASU_PKCS11_PIN_FILE: z.string().optional(),
  /** The token that holds the keys of access and ID tokens: another than the CA's. None: encrypted files. */
  KAZASU_OPENID_PKCS11_MODULE: z.string().optional(),
  KAZASU_OPENID_PKCS11_TOKEN: z.string().optional(),
  KAZASU_OPENID_PKCS11_PIN_FILE: z.string().optional(),
  /** A time-stamp authority (RFC 3161) for signed transactions, and a PEM file of the roots it is trusted by. */
  KAZASU_TSA_URL: httpUrl.optional(),
  KAZASU_TSA_ROOTS: z.string().optional(),
  /** Directory of the audit log's signed checkpoints: on another disk, or machine, than Postgres. */
  KAZASU_CHECKPOINTS: z.string().min(1),
  /** Who may approve a revocation and how many it takes: a YAML file. Without it nobody may. */
  KAZASU_OPERATORS: z.string().optional(),
  /** Who vouches for operators of the console (OpenID Connect), and this console's client there. None: no console. */
  KAZASU_CONSOLE_ISSUER: httpUrl.optional(),
  KAZASU_CONSOLE_CLIENT_ID: z.string().min(1).max(200).default("kazasu-console"),
  /** File (mode 0600) with the client's secret, or with its private key as a JWK (P-256, `kid`): one of the two. */
  KAZASU_CONSOLE_SECRET_FILE: z.string().optional(),
  KAZASU_CONSOLE_KEY_FILE: z.string().optional(),
  /** The claim of the ID token that holds an operator's roles. */
  KAZASU_CONSOLE_ROLES_CLAIM: z.string().min(1).max(200).optional(),
  /** YAML file from subject to roles, which wins over the claim for those it names. */
  KAZASU_CONSOLE_ROLES: z.string().optional(),
  /** How long an operator stays logged in, minutes. */
  KAZASU_CONSOLE_MINUTES: z.coerce.number().int().min(5).max(720).default(60),
  /** Where operators' browsers reach the Temporal UI; no links into it without. */
  KAZASU_TEMPORAL_UI_URL: httpUrl.optional(),
  /** How long a certificate whose attributes have changed counts at most, hours; in the first half it can be replaced. */
  KAZASU_REPLACE_HOURS: z.coerce.number().min(1).max(720).default(24),
  /** How long records are kept, years: the CA's books after a certificate's end, evidence, consents after theirs. */
  KAZASU_BOOKS_YEARS: keptYears(leastYears.books),
  KAZASU_EVIDENCE_YEARS: keptYears(leastYears.evidence),
  KAZASU_CONSENT_YEARS: keptYears(leastYears.consent),
  /** Where phones and parties reach the gateway: in tokens, stream configurations and events. */
  KAZASU_PUBLIC_URL: originUrl,
  /**
   * Where the world reaches the CA's own page, at which persons see everything: an origin of its own, with another host than
   * the gateway's, so that no cookie of one is the other's. None: no page.
   */
  KAZASU_PAGE_URL: originUrl.optional(),
  KAZASU_PAGE_PORT: port.default(8083),
  /** Contact of the operator, for push services (RFC 8292): mailto: or https:. */
  KAZASU_VAPID_SUBJECT: z
    .string()
    .regex(/^(?:mailto:|https:\/\/)\S{3,200}$/)
    .default("mailto:operator@ca.example"),
  /** What J-LIS allows of us: attribute fetches, linkages and consents a second. */
  KAZASU_JLIS_PER_SECOND: z.coerce.number().min(0.01).max(1_000).default(5),
  /** How long a person has to confirm a change, days; reminders come at a tenth and a quarter of it. */
  KAZASU_CONFIRM_DAYS: z.coerce.number().min(7).max(365).default(30),
  /** Within how many minutes each party's app, at a moment of its own, asks about one change; 0: all at once. */
  KAZASU_ASK_SPREAD_MINUTES: z.coerce.number().min(0).max(1_440).default(120),
  /** How long a party has to take an event, and then to acknowledge it, days. */
  KAZASU_DELIVERY_DAYS: z.coerce.number().min(1).max(60).default(7),
  KAZASU_ACKNOWLEDGE_DAYS: z.coerce.number().min(1).max(60).default(7),
  /** How often J-LIS is asked for a certificate that is not there yet, hours. */
  KAZASU_CERTIFICATE_POLL_HOURS: z.coerce.number().min(1).max(168).default(24),
  /** Test setting: how many times faster long waits pass. Terms of consents and certificates stay what they are. */
  KAZASU_TIME_SCALE: z.coerce.number().min(1).max(1_000_000).optional(),
  KAZASU_CHALLENGE_SECONDS: z.coerce.number().int().min(60).max(1_800).default(600),
  /** How long a phone waits for an answer before it is asked to try again. */
  KAZASU_ANSWER_SECONDS: z.coerce.number().int().min(1).max(55).default(15),
  /** Requests a minute from one address. */
  KAZASU_RATE_LIMIT: z.coerce.number().int().min(1).default(300),
  /** How often in an hour J-LIS is asked whether one person's card is good, at taps and logins; a third for one enrolment. */
  KAZASU_CARD_QUESTIONS_PER_HOUR: z.coerce.number().int().min(3).default(30),
  /** Requests a minute of one enrolment, for each kind of message: as from one address, where not set. */
  KAZASU_RATE_LIMIT_ENROLMENT: z.coerce.number().int().min(1).optional(),
  /** Requests a minute of one party: ten times as many as from one address, where not set. */
  KAZASU_RATE_LIMIT_PARTY: z.coerce.number().int().min(1).optional(),
  /** Proxies before the listeners, addresses and networks: what they put into X-Forwarded-For is who asks. */
  KAZASU_TRUSTED_PROXIES: networks.default([]),
  KAZASU_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** Production: a folder with more JPKI generations, `anchors.json` (name, file, sha256) and PEM files. */
  KAZASU_ANCHORS: z.string().optional(),
  KAZASU_TEST_ANCHORS: z.string().optional(),
  KAZASU_ATTESTER_URL: httpUrl.optional(),
  KAZASU_CARDS_URL: httpUrl.optional(),
  KAZASU_PUSH_URL: httpUrl.optional(),
});

/**
 * The widest private networks there are, 10.0.0.0/8 and fc00::/7, and of public ones what a carrier of proxies has: who trusts
 * more lets clients choose their address. An IPv4-mapped network is one of IPv4.
 */
function fewestBits(address: string, version: 4 | 6): number {
  if (version === 4) return 8;
  if (mapped.check(address, "ipv6")) return 96 + 8;
  return uniqueLocal.check(address, "ipv6") ? 7 : 16;
}
const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");
const uniqueLocal = new BlockList();
uniqueLocal.addSubnet("fc00::", 7, "ipv6");

/** An address, or a network. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address) as 0 | 4 | 6;
  if (version === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  const most = version === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(bits) && Number(bits) >= fewestBits(address, version) && Number(bits) <= most;
}

export type Configuration = z.infer<typeof environmentSchema> & {
  /** Address, namespace, TLS and API key of Temporal, from its own variables and profile file (TEMPORAL_ADDRESS, …). */
  temporal: Required<ClientConnectConfig>;
};

/** Every variable the engine reads: for `--help`, for `doctor`, and for the test that holds the compose file to them. */
export const knownVariables: readonly string[] = [
  ...Object.keys(environmentSchema.shape),
  "TEMPORAL_ADDRESS",
  "TEMPORAL_NAMESPACE",
];

const testOnly = [
  "KAZASU_TEST_ANCHORS",
  "KAZASU_ATTESTER_URL",
  "KAZASU_CARDS_URL",
  "KAZASU_PUSH_URL",
  "KAZASU_TIME_SCALE",
] as const;

/**
 * Reads the configuration, or throws a {@link ConfigurationError} that names every variable that is wrong.
 * Variables of the test setting are refused in production: a test setting never passes for a production one.
 */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => {
      const name = path.join(".");
      return `${name}: ${given[name] === undefined ? "not set" : message}`;
    });
    throw new ConfigurationError(
      `The configuration cannot be used. Set these environment variables: ${wrong.join("; ")}.`,
    );
  }
  const configuration = { ...parsed.data, temporal: temporalFrom(environment) };
  if (configuration.KAZASU_SETTING === "production") {
    const set = testOnly.filter((name) => configuration[name] !== undefined);
    if (set.length > 0) {
      throw new ConfigurationError(
        `${set.join(", ")} belong to KAZASU_SETTING=test; in production nothing simulated is trusted. Unset them.`,
      );
    }
    if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0")
      throw new ConfigurationError(
        "NODE_TLS_REJECT_UNAUTHORIZED=0 switches off all verification of TLS. Unset it; NODE_EXTRA_CA_CERTS adds a CA of your own.",
      );
    const faults = addressFaults(configuration);
    if (faults.length > 0)
      throw new ConfigurationError(`The addresses cannot be used in production: ${faults.join("; ")}.`);
    requireOwnHost(configuration);
  } else if (configuration.KAZASU_TEST_ANCHORS === undefined) {
    throw new ConfigurationError(
      "KAZASU_SETTING=test needs KAZASU_TEST_ANCHORS, the PEM file of the simulated card CA.",
    );
  }
  return configuration;
}

/** Cookies know no ports: the page that shows everything shares its host with nothing. */
function requireOwnHost({ KAZASU_PAGE_URL: page, KAZASU_PUBLIC_URL: gateway }: Configuration): void {
  if (page !== undefined && new URL(page).hostname === new URL(gateway).hostname)
    throw new ConfigurationError(
      "KAZASU_PAGE_URL must be another host than KAZASU_PUBLIC_URL: it shows everything of a person.",
    );
}

function temporalFrom(environment: Record<string, string | undefined>): Configuration["temporal"] {
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(set),
    });
    return {
      connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? "127.0.0.1:7233" },
      namespace: namespace ?? "kazasu",
    };
  } catch (error) {
    throw new ConfigurationError(`Temporal's own configuration cannot be used: ${(error as Error).message}`);
  }
}
