import { expect, test } from "@jest/globals";
import { readConfiguration } from "../../../workers/configuration.ts";
import { allowedInward } from "../../../workers/outbound.ts";

const common = {
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
const testSetting = { ...common, KAZASU_SETTING: "test", KAZASU_TEST_ANCHORS: "anchors.pem" };
const allows = (environment: Record<string, string>, url: string): boolean =>
  allowedInward(readConfiguration(environment))(new URL(url));

const receiver = "http://127.0.0.1:9090/events";

test.each(["127.0.0.1", "127.0.0.2", "localhost", "::1"])(
  "ok/the test setting delivers to a receiver on this machine while it listens on %s alone",
  (host) => {
    const onLoopback = { ...testSetting, KAZASU_HOST: host };
    for (const url of [receiver, "http://localhost:9090/events", "https://127.0.0.1:8443/"])
      expect([url, allows(onLoopback, url)]).toEqual([url, true]);
  },
);

test.each(["0.0.0.0", "::", "10.0.0.7", "gateway.internal", "127.0.0.1.example"])(
  "fail/the test setting that listens on %s, where others can reach it, delivers to no receiver on this machine",
  (host) => {
    expect(allows({ ...testSetting, KAZASU_HOST: host }, receiver)).toBe(false);
  },
);

test("ok/the simulated push service is reached wherever the test setting listens", () => {
  const open = { ...testSetting, KAZASU_HOST: "0.0.0.0", KAZASU_PUSH_URL: "http://127.0.0.1:7070" };
  expect(allows(open, "http://127.0.0.1:7070/push/1")).toBe(true);
  expect(allows(open, "http://127.0.0.1:7071/push/1")).toBe(false);
});

test("fail/production never delivers to a receiver on this machine", () => {
  for (const host of ["127.0.0.1", "0.0.0.0"])
    expect(allows({ ...common, KAZASU_HOST: host }, receiver)).toBe(false);
});

test.each([
  ["a port below 1024", "http://127.0.0.1:25/"],
  ["the web's own port", "http://127.0.0.1/"],
  ["the local network", "http://192.168.1.10:9090/"],
  ["every interface", "http://0.0.0.0:9090/"],
  ["a name below localhost", "http://bank.localhost:9090/"],
])("fail/the test setting does not deliver to %s", (_what, url) => {
  expect(allows({ ...testSetting, KAZASU_HOST: "127.0.0.1" }, url)).toBe(false);
});
