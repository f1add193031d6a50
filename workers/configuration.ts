import { BlockList, isIP } from "node:net";
import { type ClientConnectConfig, loadClientConnectConfig } from "@temporalio/envconfig";
import { z } from "zod";
import { leastYears } from "../domain/audit/retention.ts";
import { type Addresses, addressFaults } from "./addresses.ts";

/** A configuration error, shown as one sentence without a stack. */
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
/** Used literally in tokens and cookies, which decide by its prefix whether it is TLS. */
const originUrl = httpUrl
  .regex(/^https?:\/\/[^\\/?#@]+\/?$/i, "must be an origin (https://ca.example) and nothing more")
  .transform((url) => url.replace(/^https?:/i, (scheme) => scheme.toLowerCase()));

const networks = z
  .string()
  .transform((text) => text.split(/ *, */))
  .refine((list) => list.every(isNetwork), "must be addresses or networks (10.0.0.0/8), separated by commas");

const hostsOf = (text: string): string[] => text.toLowerCase().split(/ *, */);
const hostNames = z
  .string()
  .regex(/^[\w.:-]+(?: *, *[\w.:-]+)*$/, "must be host names, separated by commas")
  .refine(
    (text) => hostsOf(text).every((host) => isIP(host) !== 0 || !host.includes(":")),
    "must not have ports",
  )
  .transform(hostsOf);

const environmentSchema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Production: hosts of Postgres and Temporal that are reached without TLS, separated by commas. */
  KAZASU_PLAIN_HOSTS: hostNames.default([]),
  /** `production` trusts only the public JPKI CAs; `test` trusts only the simulators' CAs. */
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
  /** Public URLs of CRLs and OCSP, in every certificate. Plain http, as required by RFC 5280 §8. */
  KAZASU_CRL_URL: plainUrl,
  KAZASU_OCSP_URL: plainUrl,
  /** URL of the certification practice statement, in every certificate. */
  KAZASU_CPS_URL: httpUrl.optional(),
  /** File (mode 0600) with the PIN of the token with the CA's keys, if a ceremony put them into an HSM. */
  KAZASU_PKCS11_PIN_FILE: z.string().optional(),
  /** The token with the keys for access and ID tokens; not the CA's. Absent: encrypted files. */
  KAZASU_OPENID_PKCS11_MODULE: z.string().optional(),
  KAZASU_OPENID_PKCS11_TOKEN: z.string().optional(),
  KAZASU_OPENID_PKCS11_PIN_FILE: z.string().optional(),
  /** A time-stamp authority (RFC 3161) for signed transactions, and a PEM file of its roots. */
  KAZASU_TSA_URL: httpUrl.optional(),
  KAZASU_TSA_ROOTS: z.string().optional(),
  /** Directory of the audit log's signed checkpoints: on another disk or machine than Postgres. */
  KAZASU_CHECKPOINTS: z.string().min(1),
  /** Who may approve a revocation, and the number of approvals required: a YAML file. Without it nobody may. */
  KAZASU_OPERATORS: z.string().optional(),
  /** The OpenID provider of the console's operators, and the console's client there. Absent: no console. */
  KAZASU_CONSOLE_ISSUER: httpUrl.optional(),
  KAZASU_CONSOLE_CLIENT_ID: z.string().min(1).max(200).default("kazasu-console"),
  /** File (mode 0600) with the client's secret, or with its private key as a JWK (P-256, `kid`): exactly one of the two. */
  KAZASU_CONSOLE_SECRET_FILE: z.string().optional(),
  KAZASU_CONSOLE_KEY_FILE: z.string().optional(),
  /** The ID token claim with an operator's roles. */
  KAZASU_CONSOLE_ROLES_CLAIM: z.string().min(1).max(200).optional(),
  /** YAML file from subject to roles, which takes precedence over the claim. */
  KAZASU_CONSOLE_ROLES: z.string().optional(),
  /** Duration of an operator's session, minutes. */
  KAZASU_CONSOLE_MINUTES: z.coerce.number().int().min(5).max(720).default(60),
  /** URL of the Temporal UI for operators' browsers; without it there are no links to it. */
  KAZASU_TEMPORAL_UI_URL: httpUrl.optional(),
  /** How long a certificate stays valid after its attributes have changed, hours; it can be replaced in the first half. */
  KAZASU_REPLACE_HOURS: z.coerce.number().min(1).max(720).default(24),
  /** Retention periods, years: CA records after a certificate's end, evidence, consents after their end. */
  KAZASU_BOOKS_YEARS: keptYears(leastYears.certificate),
  KAZASU_EVIDENCE_YEARS: keptYears(leastYears.evidence),
  KAZASU_CONSENT_YEARS: keptYears(leastYears.consent),
  /** The gateway's public URL, also in tokens, stream configurations and events. */
  KAZASU_PUBLIC_URL: originUrl,
  /**
   * Public URL of the person page, where persons see everything: a separate origin with another host than the gateway's, so
   * that they share no cookies. Absent: no page.
   */
  KAZASU_PAGE_URL: originUrl.optional(),
  KAZASU_PAGE_PORT: port.default(8083),
  /** Contact of the operator for push services (RFC 8292): mailto: or https:. */
  KAZASU_VAPID_SUBJECT: z
    .string()
    .regex(/^(?:mailto:|https:\/\/)\S{3,200}$/)
    .default("mailto:operator@ca.example"),
  /** Our quota at J-LIS: attribute fetches, linkages and consents per second. */
  KAZASU_JLIS_PER_SECOND: z.coerce.number().min(0.01).max(1_000).default(5),
  /** How long a person has to confirm a change, days; reminders are sent at a tenth and a quarter of it. */
  KAZASU_CONFIRM_DAYS: z.coerce.number().min(7).max(365).default(30),
  /** Period in which each party's app asks about one change, at its own random time, minutes; 0: all at once. */
  KAZASU_ASK_SPREAD_MINUTES: z.coerce.number().min(0).max(1_440).default(120),
  /** How long a party has to receive an event, and then to acknowledge it, days. */
  KAZASU_DELIVERY_DAYS: z.coerce.number().min(1).max(60).default(7),
  KAZASU_ACKNOWLEDGE_DAYS: z.coerce.number().min(1).max(60).default(7),
  /** Interval at which J-LIS is asked for a certificate that does not exist yet, hours. */
  KAZASU_CERTIFICATE_POLL_HOURS: z.coerce.number().min(1).max(168).default(24),
  /** Test setting: factor by which long waits are shortened. Terms of consents and certificates do not change. */
  KAZASU_TIME_SCALE: z.coerce.number().min(1).max(1_000_000).optional(),
  KAZASU_CHALLENGE_SECONDS: z.coerce.number().int().min(60).max(1_800).default(600),
  /** How long a phone waits for an answer before it must try again. */
  KAZASU_ANSWER_SECONDS: z.coerce.number().int().min(1).max(55).default(15),
  /** Requests per minute from one address. */
  KAZASU_RATE_LIMIT: z.coerce.number().int().min(1).default(300),
  /** Status requests to J-LIS for one person's card per hour, at taps and logins; a third of it for one enrolment. */
  KAZASU_CARD_QUESTIONS_PER_HOUR: z.coerce.number().int().min(3).default(30),
  /** Requests per minute of one enrolment, for each kind of message; default: as from one address. */
  KAZASU_RATE_LIMIT_ENROLMENT: z.coerce.number().int().min(1).optional(),
  /** Requests per minute of one party; default: ten times as many as from one address. */
  KAZASU_RATE_LIMIT_PARTY: z.coerce.number().int().min(1).optional(),
  /** Proxies in front of the listeners, addresses and networks, whose X-Forwarded-For is trusted. */
  KAZASU_TRUSTED_PROXIES: networks.default([]),
  KAZASU_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** Production: a folder with more JPKI generations, `anchors.json` (name, file, sha256) and PEM files. */
  KAZASU_ANCHORS: z.string().optional(),
  KAZASU_TEST_ANCHORS: z.string().optional(),
  KAZASU_ATTESTER_URL: httpUrl.optional(),
  KAZASU_CARDS_URL: httpUrl.optional(),
  KAZASU_PUSH_URL: httpUrl.optional(),
  /** The page that plays the phone for a login's link that is opened on a device without the app. */
  KAZASU_APP_LINK_URL: httpUrl.optional(),
});

/**
 * The largest private networks, 10.0.0.0/8 and fc00::/7, and /16 for public IPv6 networks: trusting a larger one would let clients
 * choose their address. An IPv4-mapped network counts as IPv4.
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

/** Every variable that the engine reads: for `--help`, for `doctor`, and for the test of the compose file. */
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
  "KAZASU_APP_LINK_URL",
  "KAZASU_TIME_SCALE",
] as const;

/**
 * Reads the configuration, or throws a {@link ConfigurationError} that names every wrong variable. Variables of the test
 * setting are refused in production, so that a test setting cannot be mistaken for production.
 */
export function readConfiguration(environment: Record<string, string | undefined>): Configuration {
  const configuration = { ...parse(environmentSchema, environment), temporal: temporalFrom(environment) };
  if (configuration.KAZASU_SETTING === "production") {
    const set = testOnly.filter((name) => configuration[name] !== undefined);
    if (set.length > 0) {
      throw new ConfigurationError(
        `${set.join(", ")} belong to KAZASU_SETTING=test; in production nothing simulated is trusted. Unset them.`,
      );
    }
    if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0")
      throw new ConfigurationError(
        "NODE_TLS_REJECT_UNAUTHORIZED=0 disables all TLS verification. Unset it; NODE_EXTRA_CA_CERTS adds your own CA.",
      );
    requireAddresses(configuration);
    requireOwnHost(configuration);
  } else if (configuration.KAZASU_TEST_ANCHORS === undefined) {
    throw new ConfigurationError(
      "KAZASU_SETTING=test needs KAZASU_TEST_ANCHORS, the PEM file of the simulated card CA.",
    );
  }
  return configuration;
}

/** @throws ConfigurationError that names every wrong variable */
function parse<T extends z.ZodType>(schema: T, environment: Record<string, string | undefined>): z.output<T> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => {
    const name = path.join(".");
    return `${name}: ${given[name] === undefined ? "not set" : message}`;
  });
  throw new ConfigurationError(
    `The configuration cannot be used. Set these environment variables: ${wrong.join("; ")}.`,
  );
}

/** @throws ConfigurationError that names every address that may not be used in production */
function requireAddresses(addresses: Addresses): void {
  const faults = addressFaults(addresses);
  if (faults.length > 0)
    throw new ConfigurationError(`The addresses cannot be used in production: ${faults.join("; ")}.`);
}

const registrationSchema = environmentSchema
  .pick({
    DATABASE_URL: true,
    KAZASU_PLAIN_HOSTS: true,
    KAZASU_SETTING: true,
    KAZASU_HOST: true,
    KAZASU_PUSH_URL: true,
  })
  .extend({ KAZASU_PUBLIC_URL: originUrl.optional() });

/** What the registration of parties needs: the database. With the public URL it can name the issuers. */
export type RegistrationConfiguration = z.infer<typeof registrationSchema>;

/** Reads the configuration of `kazasu party add` and `list`. @throws ConfigurationError */
export function readRegistrationConfiguration(
  environment: Record<string, string | undefined>,
): RegistrationConfiguration {
  const configuration = parse(registrationSchema, environment);
  if (configuration.KAZASU_SETTING === "production") requireAddresses({ ...configuration, temporal: unused });
  return configuration;
}

/** Temporal on this machine, which is not asked. */
const unused: Configuration["temporal"] = {
  connectionOptions: { address: "127.0.0.1" },
  namespace: "kazasu",
};

/** Cookies ignore ports: the person page must not share its host. */
function requireOwnHost({ KAZASU_PAGE_URL: page, KAZASU_PUBLIC_URL: gateway }: Configuration): void {
  if (page !== undefined && new URL(page).hostname === new URL(gateway).hostname)
    throw new ConfigurationError(
      "KAZASU_PAGE_URL must be another host than KAZASU_PUBLIC_URL: the page shows all data of a person.",
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
