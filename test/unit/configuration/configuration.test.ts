import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { ConfigurationError, knownVariables, readConfiguration } from "../../../workers/configuration.ts";

const production: Record<string, string> = {
  DATABASE_URL: "postgres://kazasu@127.0.0.1/kazasu",
  KAZASU_KEYS: "/var/lib/kazasu/keys",
  KAZASU_JOURNAL: "/var/lib/kazasu/journal",
  KAZASU_CHECKPOINTS: "/var/lib/kazasu/checkpoints",
  KAZASU_JLIS_URL: "https://jlis.example",
  KAZASU_CRL_URL: "http://crl.example",
  KAZASU_OCSP_URL: "http://ocsp.example",
  KAZASU_PUBLIC_URL: "https://ca.example",
  // A file that does not exist: this machine's own profile has no say here.
  TEMPORAL_CONFIG_FILE: "/nonexistent/temporal.toml",
};
const simulated = { ...production, KAZASU_SETTING: "test", KAZASU_TEST_ANCHORS: "/tmp/anchors.pem" };

const refusal = (environment: Record<string, string | undefined>): string => {
  try {
    readConfiguration(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("This configuration was taken.");
};

describe("configuration", () => {
  test("ok/the required variables are enough, and the setting is production", () => {
    expect(readConfiguration(production)).toMatchObject({
      KAZASU_SETTING: "production",
      KAZASU_CHALLENGE_SECONDS: 600,
      KAZASU_ANSWER_SECONDS: 15,
      KAZASU_HOST: "127.0.0.1",
      temporal: { namespace: "kazasu", connectionOptions: { address: "127.0.0.1:7233" } },
    });
  });

  test("ok/numbers are read as numbers, and an empty variable is one that is not set", () => {
    const given = { ...production, KAZASU_GATEWAY_PORT: "9090", KAZASU_ISSUER: "", KAZASU_ATTESTER_URL: "" };
    expect(readConfiguration(given)).toMatchObject({ KAZASU_GATEWAY_PORT: 9090, KAZASU_ISSUER: "kazasu" });
  });

  test("ok/Temporal's own variables are read", () => {
    const given = {
      ...production,
      TEMPORAL_ADDRESS: "temporal.example:7233",
      TEMPORAL_TLS: "true",
      TEMPORAL_NAMESPACE: "other",
    };
    expect(readConfiguration(given).temporal).toMatchObject({
      namespace: "other",
      connectionOptions: { address: "temporal.example:7233" },
    });
  });

  test("ok/the CA's own page has an origin of its own; fail/in production over http, or on the gateway's host", () => {
    const page = { ...production, KAZASU_PAGE_URL: "https://my.ca.example" };
    expect(readConfiguration(page)).toMatchObject({ KAZASU_PAGE_PORT: 8083 });
    for (const url of ["http://my.ca.example", "https://ca.example", "https://ca.example:8443"])
      expect(refusal({ ...page, KAZASU_PAGE_URL: url })).toMatch(
        /KAZASU_PAGE_URL must be (?:https|another host)/,
      );
    expect(refusal({ ...page, KAZASU_PAGE_URL: "https://my.ca.example/page" })).toContain("KAZASU_PAGE_URL");
    const onOneHost = {
      KAZASU_PAGE_URL: "http://127.0.0.1:8083",
      KAZASU_PUBLIC_URL: "http://127.0.0.1:8080",
    };
    expect(readConfiguration({ ...simulated, ...onOneHost }).KAZASU_SETTING).toBe("test");
  });

  test("ok/the test setting accepts the simulators", () => {
    const simulators = { KAZASU_ATTESTER_URL: "http://a.example", KAZASU_CARDS_URL: "http://c.example" };
    expect(readConfiguration({ ...simulated, ...simulators })).toMatchObject({
      ...simulators,
      KAZASU_SETTING: "test",
    });
  });

  test("fail/every variable that is missing is named, in one sentence and without a value", () => {
    const required = Object.keys(production).filter((name) => !name.startsWith("TEMPORAL_"));
    const message = refusal({});
    for (const name of required) {
      expect(message).toContain(`${name}: not set`);
      expect(refusal({ ...production, [name]: undefined })).toMatch(new RegExp(`: ${name}: not set\\.$`));
    }
    expect(refusal({ DATABASE_URL: "mysql://u:secret-word@h/d" })).not.toContain("secret-word");
    expect(message).not.toContain("\n");
  });

  test.each([
    "KAZASU_TEST_ANCHORS",
    "KAZASU_ATTESTER_URL",
    "KAZASU_CARDS_URL",
    "KAZASU_PUSH_URL",
    "KAZASU_APP_LINK_URL",
  ])("fail/production refuses %s", (name) => {
    const message = refusal({ ...production, [name]: "http://simulator.example" });
    expect(message).toMatch(new RegExp(`${name} .*KAZASU_SETTING=test.*Unset`));
    const said = { ...production, KAZASU_SETTING: "production", [name]: "http://simulator.example" };
    expect(refusal(said)).toBe(message);
  });

  test("fail/the test setting without trust anchors does not fall back to others", () => {
    expect(refusal({ ...simulated, KAZASU_TEST_ANCHORS: "" })).toContain("KAZASU_TEST_ANCHORS");
  });

  test.each([
    ["KAZASU_SETTING", "staging"],
    ["DATABASE_URL", "http://not-postgres.example"],
    ["KAZASU_JLIS_URL", "ftp://jlis.example"],
    ["KAZASU_CRL_URL", "not a URL"],
    ["KAZASU_GATEWAY_PORT", "70000"],
    ["KAZASU_CHALLENGE_SECONDS", "59"],
    ["KAZASU_CHALLENGE_SECONDS", "1801"],
    ["KAZASU_ANSWER_SECONDS", "0"],
    ["KAZASU_ANSWER_SECONDS", "1.5"],
    ["KAZASU_RATE_LIMIT", "0"],
    ["KAZASU_LOG_LEVEL", "loud"],
  ])("fail/%s=%s is refused by name", (name, value) => {
    expect(refusal({ ...production, [name]: value })).toContain(`${name}:`);
  });

  test("fail/a broken profile of Temporal is an error of the configuration", () => {
    const given = { ...production, TEMPORAL_CONFIG_FILE: new URL(import.meta.url).pathname };
    expect(refusal(given)).toMatch(/^Temporal's own configuration cannot be used/);
  });

  test("ok/every variable that is read is known, and the reference names it", async () => {
    const names = Object.keys(readConfiguration(simulated)).filter((name) => name !== "temporal");
    expect(knownVariables).toEqual(expect.arrayContaining(names));
    const page = new URL("../../../docs/reference/configuration.md", import.meta.url);
    const reference = await readFile(page, "utf8");
    const documented = [...reference.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name);
    expect(documented).toEqual(expect.arrayContaining([...knownVariables]));
  });
});

describe("trusted proxies and rates", () => {
  test("ok/addresses and networks separated by commas; none by default", () => {
    expect(readConfiguration(production).KAZASU_TRUSTED_PROXIES).toEqual([]);
    const given = { ...production, KAZASU_TRUSTED_PROXIES: "10.1.2.3, 172.16.0.0/12,2001:db8::/32" };
    expect(readConfiguration(given).KAZASU_TRUSTED_PROXIES).toEqual([
      "10.1.2.3",
      "172.16.0.0/12",
      "2001:db8::/32",
    ]);
  });

  test.each([
    "true",
    "1",
    "*",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "10.0.0.0/x",
    "proxy.example",
    "10.0.0.0/8/8",
    "128.0.0.0/1",
  ])("bad/%s is not a list of proxies", (KAZASU_TRUSTED_PROXIES) => {
    expect(refusal({ ...production, KAZASU_TRUSTED_PROXIES })).toContain("KAZASU_TRUSTED_PROXIES:");
  });

  test.each(["KAZASU_RATE_LIMIT_ENROLMENT", "KAZASU_RATE_LIMIT_PARTY"])("bad/%s of none", (name) => {
    expect(refusal({ ...production, [name]: "0" })).toContain(`${name}:`);
  });
});
