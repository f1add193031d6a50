import { describe, expect, test } from "@jest/globals";
import { addressRules } from "../../../workers/addresses.ts";
import { ConfigurationError, knownVariables, readConfiguration } from "../../../workers/configuration.ts";

const production: Record<string, string> = {
  DATABASE_URL: "postgres://kazasu@127.0.0.1/kazasu",
  KAZASU_KEYS: "keys",
  KAZASU_JOURNAL: "journal",
  KAZASU_CHECKPOINTS: "checkpoints",
  KAZASU_JLIS_URL: "https://jlis.example",
  KAZASU_CRL_URL: "http://crl.example",
  KAZASU_OCSP_URL: "http://ocsp.example",
  KAZASU_PUBLIC_URL: "https://ca.example",
  TEMPORAL_CONFIG_FILE: "/nonexistent/temporal.toml",
};

/** The sentence that refuses these settings, or `undefined`. */
function refusal(more: Record<string, string>): string | undefined {
  try {
    readConfiguration({ ...production, ...more });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return undefined;
}

describe("every address setting", () => {
  /** What is no address, though it takes one: names, files and lists. */
  const others = new Set([
    "KAZASU_ISSUER",
    "KAZASU_CA_NAME",
    "KAZASU_KEYS",
    "KAZASU_JOURNAL",
    "KAZASU_CHECKPOINTS",
    "KAZASU_ANCHORS",
    "KAZASU_HOST",
    "KAZASU_OPERATORS",
    "KAZASU_PKCS11_PIN_FILE",
    "KAZASU_OPENID_PKCS11_MODULE",
    "KAZASU_OPENID_PKCS11_TOKEN",
    "KAZASU_OPENID_PKCS11_PIN_FILE",
    "KAZASU_TSA_ROOTS",
    "KAZASU_CONSOLE_CLIENT_ID",
    "KAZASU_CONSOLE_SECRET_FILE",
    "KAZASU_CONSOLE_KEY_FILE",
    "KAZASU_CONSOLE_ROLES",
    "KAZASU_CONSOLE_ROLES_CLAIM",
    "TEMPORAL_NAMESPACE",
  ]);

  test("ok/production accepts plain http for CRL, OCSP and time-stamps alone, under any setting", () => {
    const taken = knownVariables.filter(
      (name) => !others.has(name) && refusal({ [name]: "http://plain.example" }) === undefined,
    );
    expect(taken.toSorted()).toEqual(["KAZASU_CRL_URL", "KAZASU_OCSP_URL", "KAZASU_TSA_URL"]);
  });

  test("ok/each has its rule, and the rules name no other", () => {
    const addresses = knownVariables.filter(
      (name) => /_(?:URL|ADDRESS)$|CONSOLE_ISSUER$|VAPID_SUBJECT$/.test(name) && !others.has(name),
    );
    expect(Object.keys(addressRules).toSorted()).toEqual(addresses.toSorted());
  });

  test.each(Object.entries(addressRules).filter(([, rule]) => rule === "https"))(
    "bad/%s over plain http in production, also on this machine",
    (name) => {
      for (const address of ["http://plain.example", "http://127.0.0.1:8080", "HTTP://plain.example"])
        expect(refusal({ [name]: address })).toMatch(new RegExp(`${name} must be https in production`));
      expect(refusal({ [name]: "https://its-own.example" })).toBeUndefined();
    },
  );

  test("bad/all wrong settings are named at once, without their values", () => {
    const sentence = refusal({
      KAZASU_JLIS_URL: "http://user:secret-word@jlis.example",
      KAZASU_PUBLIC_URL: "http://ca.example",
      DATABASE_URL: "postgres://kazasu:secret-word@db.example/kazasu",
    });
    for (const name of ["KAZASU_JLIS_URL", "KAZASU_PUBLIC_URL", "DATABASE_URL"])
      expect(sentence).toContain(name);
    expect(sentence).not.toContain("secret-word");
  });

  test("ok/the test setting accepts plain http", () => {
    const test = { KAZASU_SETTING: "test", KAZASU_TEST_ANCHORS: "anchors.pem" };
    const plain = { KAZASU_JLIS_URL: "http://jlis.example", DATABASE_URL: "postgres://db.example/kazasu" };
    expect(refusal({ ...test, ...plain, TEMPORAL_ADDRESS: "temporal.example:7233" })).toBeUndefined();
  });
});

describe("addresses that others receive, compare, or make cookies by", () => {
  test.each(["KAZASU_PUBLIC_URL", "KAZASU_PAGE_URL"])("bad/%s is an origin and nothing more", (name) => {
    for (const address of [
      "https://user:word@its-own.example",
      "https://user@its-own.example/",
      "https://its-own.example?",
      "https://its-own.example/?a=b",
      "https://its-own.example/#a",
      "https:its-own.example",
      "https:\\\\its-own.example",
    ])
      expect([address, refusal({ [name]: address })]).toEqual([
        address,
        expect.stringContaining(`${name}: must be an origin`),
      ]);
    for (const address of [
      "https://its-own.example/",
      "https://its-own.example:8443",
      "https://[2001:db8::1]",
    ])
      expect(refusal({ [name]: address })).toBeUndefined();
    // What begins with `https:` is taken for TLS: cookies, transport security.
    const read = readConfiguration({ ...production, [name]: "HTTPS://its-own.example" });
    expect(read[name as "KAZASU_PUBLIC_URL"]).toBe("https://its-own.example");
  });

  test.each(["KAZASU_JLIS_URL", "KAZASU_CPS_URL", "KAZASU_CRL_URL", "KAZASU_OCSP_URL"])(
    "bad/%s carries no credentials: they would be written into certificates, or refused at each call",
    (name) => {
      const scheme = /CRL|OCSP/.test(name) ? "http" : "https";
      const sentence = refusal({ [name]: `${scheme}://user:secret-word@it.example` });
      expect(sentence).toContain(`${name} must carry no credentials`);
      expect(sentence).not.toContain("secret-word");
    },
  );
});

describe("proxies that are trusted", () => {
  const trusted = (list: string) => refusal({ KAZASU_TRUSTED_PROXIES: list });

  test.each([
    "::ffff:0.0.0.0/96",
    "::ffff:0:0/96",
    "::FFFF:0.0.0.0/100",
    "::ffff:10.0.0.0/103",
    "2000::/7",
    "::/8",
  ])("bad/%s would let everybody say who asks", (list) => {
    expect(trusted(list)).toContain("KAZASU_TRUSTED_PROXIES");
  });

  test.each(["10.0.0.0/8", "fc00::/7", "::ffff:10.0.0.0/104", "2001:db8::/32", "192.0.2.1", "::1"])(
    "ok/%s",
    (list) => {
      expect(trusted(list)).toBeUndefined();
    },
  );
});

describe("Postgres in production", () => {
  test.each([
    "postgres://kazasu@127.0.0.1/kazasu",
    "postgres://kazasu@localhost:5433/kazasu",
    "postgres://kazasu@[::1]/kazasu",
    "postgres://kazasu@127.8.9.10/kazasu",
    "postgres:///kazasu?host=/var/run/postgresql",
    "postgres://kazasu@db.example/kazasu?sslmode=verify-full",
  ])("ok/%s", (url) => {
    expect(refusal({ DATABASE_URL: url })).toBeUndefined();
  });

  test.each([
    ["without TLS", "postgres://kazasu@db.example/kazasu"],
    ["with TLS switched off", "postgres://kazasu@db.example/kazasu?sslmode=disable"],
    ["with TLS that verifies no certificate", "postgres://kazasu@db.example/kazasu?sslmode=no-verify"],
    ["with libpq's require", "postgres://kazasu@db.example/kazasu?uselibpqcompat=true&sslmode=require"],
    [
      "with libpq's verify-ca, which accepts any host's certificate",
      `postgres://kazasu@db.example/kazasu?uselibpqcompat=true&sslmode=verify-ca&sslrootcert=${import.meta.filename}`,
    ],
    ["a host behind a loopback host", "postgres://kazasu@127.0.0.1/kazasu?host=db.example"],
    ["a name that begins like loopback", "postgres://kazasu@127.0.0.1.example/kazasu"],
    ["a name that ends like it", "postgres://kazasu@localhost.example/kazasu"],
  ])("bad/%s", (_what, url) => {
    expect(refusal({ DATABASE_URL: url })).toMatch(/DATABASE_URL .*sslmode=verify-full.*KAZASU_PLAIN_HOSTS/);
  });
});

test("bad/a missing TLS file is a configuration error, not a crash", () => {
  const url = "postgres://kazasu@db.example/kazasu?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem";
  expect(refusal({ DATABASE_URL: url })).toContain("DATABASE_URL names files for TLS that cannot be read");
});

test("bad/TLS verification disabled in Node", () => {
  expect(refusal({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toContain("NODE_TLS_REJECT_UNAUTHORIZED");
  expect(refusal({ NODE_TLS_REJECT_UNAUTHORIZED: "1" })).toBeUndefined();
});

describe("Temporal in production", () => {
  test.each<[string, Record<string, string>]>([
    ["on this machine", { TEMPORAL_ADDRESS: "127.0.0.1:7233" }],
    ["on this machine, IPv6", { TEMPORAL_ADDRESS: "[::1]:7233" }],
    ["over TLS", { TEMPORAL_ADDRESS: "temporal.example:7233", TEMPORAL_TLS: "true" }],
    [
      "with an API key, which brings TLS",
      { TEMPORAL_ADDRESS: "temporal.example:7233", TEMPORAL_API_KEY: "k" },
    ],
  ])("ok/%s", (_what, given) => {
    expect(refusal(given)).toBeUndefined();
  });

  test.each<[string, Record<string, string>]>([
    ["without TLS", { TEMPORAL_ADDRESS: "temporal.example:7233" }],
    [
      "with TLS switched off",
      { TEMPORAL_ADDRESS: "temporal.example:7233", TEMPORAL_API_KEY: "k", TEMPORAL_TLS: "false" },
    ],
    ["a name that ends like loopback", { TEMPORAL_ADDRESS: "localhost.example:7233" }],
  ])("bad/%s", (_what, given) => {
    expect(refusal(given)).toMatch(/TEMPORAL_ADDRESS .*TEMPORAL_TLS.*KAZASU_PLAIN_HOSTS/);
  });
});

describe("the named exception", () => {
  const remote = {
    DATABASE_URL: "postgres://kazasu@postgres:5432/kazasu",
    TEMPORAL_ADDRESS: "temporal:7233",
  };

  test("ok/hosts that are named are reached without TLS", () => {
    expect(refusal({ ...remote, KAZASU_PLAIN_HOSTS: "postgres, temporal" })).toBeUndefined();
  });

  test("bad/each host is named for itself", () => {
    expect(refusal({ ...remote, KAZASU_PLAIN_HOSTS: "postgres" })).toMatch(/TEMPORAL_ADDRESS/);
    expect(refusal({ ...remote, KAZASU_PLAIN_HOSTS: "temporal" })).toMatch(/DATABASE_URL/);
  });

  test.each(["*", "10.0.0.0/8", "postgres:5432", "http://postgres", "a b"])(
    "bad/%s names no host",
    (hosts) => {
      expect(refusal({ KAZASU_PLAIN_HOSTS: hosts })).toContain("KAZASU_PLAIN_HOSTS");
    },
  );

  test("bad/it is no exception for addresses of the web", () => {
    const plain = { KAZASU_JLIS_URL: "http://jlis.example", KAZASU_PLAIN_HOSTS: "jlis.example" };
    expect(refusal(plain)).toContain("KAZASU_JLIS_URL");
  });
});
