import { expect, test } from "@jest/globals";
import { assertPublicEndpoint, EndpointForbidden } from "../../../activities/delivery/outbound.ts";
import { loopback } from "./receiver.ts";

test.each([
  "https://bank.example/events",
  "https://bank.example/events?stream=1",
  "https://BANK.example:443/",
  "https://bank.example:8443/",
  "https://sub-domain.xn--zckzah.jp/a/b",
  "https://bank.example./",
])("ok/an address of the public web: %s", (address) => {
  expect(assertPublicEndpoint(address).href).toBe(new URL(address).href);
});

test.each([
  ["http", "http://bank.example/events"],
  ["another scheme", "ftp://bank.example/"],
  ["a file", "file:///etc/passwd"],
  ["no URL", "bank.example/events"],
  ["nothing", ""],
  ["credentials", "https://user:secret@bank.example/"],
  ["a name without a password", "https://user@bank.example/"],
  ["a fragment", "https://bank.example/#a"],
  ["an empty fragment", "https://bank.example/#"],
  ["a line break that a parser drops", "https://bank.example/\nevents"],
  ["a space at its end", "https://bank.example/ "],
  ["letters beyond ASCII", "https://銀行.example/"],
  ["a port of a mail server", "https://bank.example:25/"],
  ["a port below 1024", "https://bank.example:1023/"],
  ["513 characters", `https://bank.example/${"a".repeat(492)}`],
  ["loopback", "https://127.0.0.1/"],
  ["loopback, short", "https://127.1/"],
  ["loopback, decimal", "https://2130706433/"],
  ["loopback, hexadecimal", "https://0x7f000001/"],
  ["loopback, octal", "https://0177.0.0.1/"],
  ["loopback, mixed", "https://0x7f.1/"],
  ["loopback, full-width digits", "https://１２７.0.0.1/"],
  ["loopback, escaped", "https://%31%32%37.0.0.1/"],
  ["loopback, IPv6", "https://[::1]/"],
  ["loopback, IPv4 in IPv6", "https://[::ffff:127.0.0.1]/"],
  ["loopback, IPv4 in IPv6, hexadecimal", "https://[::ffff:7f00:1]/"],
  ["private", "https://10.0.0.1/"],
  ["private, decimal", "https://167772161/"],
  ["link-local, where clouds keep credentials", "https://169.254.169.254/latest"],
  ["unique local", "https://[fd00:ec2::254]/"],
  ["unspecified", "https://0.0.0.0/"],
  ["zero", "https://0/"],
  ["a public number", "https://1.1.1.1/"],
  ["localhost", "https://localhost/"],
  ["a name below localhost", "https://bank.localhost/"],
  ["localhost with a dot", "https://localhost./"],
  ["a single label", "https://gateway/"],
  [".local", "https://printer.local/"],
  [".internal", "https://metadata.google.internal/"],
  [".INTERNAL", "https://METADATA.INTERNAL./"],
  [".home.arpa", "https://router.home.arpa/"],
  ["only a dot", "https://./"],
  ["an empty label", "https://bank..example/"],
])("fail/a blocked address: %s", (_what, address) => {
  expect(() => assertPublicEndpoint(address)).toThrow(EndpointForbidden);
});

test("ok/512 characters are not too long", () => {
  const address = `https://bank.example/${"a".repeat(491)}`;
  expect(address).toHaveLength(512);
  expect(assertPublicEndpoint(address).href).toBe(address);
});

test("ok/the test setting may name this machine", () => {
  expect(assertPublicEndpoint("http://127.0.0.1:8080/a", loopback).port).toBe("8080");
});

test.each(["http://127.0.0.2/", "http://bank.example/", "https://u:p@127.0.0.1/", "ftp://127.0.0.1/"])(
  "fail/the test setting may not name %s",
  (address) => {
    expect(() => assertPublicEndpoint(address, loopback)).toThrow(EndpointForbidden);
  },
);

test("ok/a push service's address of 2,048 characters, where one is expected", () => {
  const address = `https://push.example/${"a".repeat(2_027)}`;
  expect(assertPublicEndpoint(address, undefined, { longest: 2_048 }).href).toBe(address);
  expect(() => assertPublicEndpoint(`${address}a`, undefined, { longest: 2_048 })).toThrow(EndpointForbidden);
});

test("ok/plain http for signed objects, and never to an internal address", () => {
  const plain = ({ hostname }: URL) => hostname !== "elsewhere.example";
  expect(assertPublicEndpoint("http://tsa.example/", undefined, { plain }).href).toBe("http://tsa.example/");
  for (const address of [
    "http://elsewhere.example/",
    "http://127.0.0.1/",
    "http://localhost/",
    "ftp://tsa.example/",
  ])
    expect(() => assertPublicEndpoint(address, undefined, { plain })).toThrow(EndpointForbidden);
});
