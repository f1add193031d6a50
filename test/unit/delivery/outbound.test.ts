import "reflect-metadata";
import https from "node:https";
import type { AddressInfo, LookupFunction } from "node:net";
import { expect, test } from "@jest/globals";
import { X509CertificateGenerator } from "@peculiar/x509";
import {
  EndpointForbidden,
  EndpointUnreachable,
  makeOutbound,
  type OutboundOptions,
} from "../../../activities/delivery/outbound.ts";
import { loopback, says, startReceiver } from "./receiver.ts";

const message = { headers: { "content-type": "text/plain" }, body: Buffer.from("hello") };

/** A resolver that knows one answer for every name, and how often it was asked. */
function resolver(...addresses: string[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (name, options, done) => {
    asked.push(name);
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all) done(null, found);
    else done(null, found[0]!.address, found[0]!.family);
  };
  return { lookup, asked };
}

/** What a request ends with. */
const outcomeOf = (url: string, options: OutboundOptions): Promise<unknown> =>
  makeOutbound(options)
    .post(url, message)
    .catch((error: unknown) => error);

test("ok/what is sent, and what is answered", async () => {
  const receiver = await startReceiver(says(418, "tea", { "x-pot": "short" }));
  try {
    const answer = await makeOutbound({ allow: loopback }).post(`${receiver.url}/a?b=c`, message);
    expect({ ...answer, body: answer.body.toString() }).toMatchObject({
      status: 418,
      headers: { "x-pot": "short" },
      body: "tea",
    });
    expect(receiver.received).toMatchObject([
      {
        path: "/a?b=c",
        headers: { "content-type": "text/plain", "content-length": "5" },
        body: "hello",
      },
    ]);
  } finally {
    await receiver.close();
  }
});

test("ok/plain http to an allowed name, whose addresses are still checked", async () => {
  const plain = ({ hostname }: URL) => hostname === "tsa.example";
  const { lookup } = resolver("127.0.0.1");
  expect(await outcomeOf("http://tsa.example/", { plain, lookup })).toBeInstanceOf(EndpointForbidden);
  const other = (await outcomeOf("http://bank.example/", { plain, lookup })) as Error;
  expect(other.message).toBe("An endpoint must be an https URL.");
});

test("ok/a redirect is returned and not followed", async () => {
  const inner = await startReceiver(says(200));
  const receiver = await startReceiver(says(307, "", { location: `${inner.url}/secret` }));
  try {
    const answer = await makeOutbound({ allow: loopback }).post(receiver.url, message);
    expect(answer.status).toBe(307);
    expect(inner.received).toEqual([]);
  } finally {
    await Promise.all([receiver.close(), inner.close()]);
  }
});

test.each([
  ["loopback", ["127.0.0.1"]],
  ["loopback, IPv6", ["::1"]],
  ["IPv4 in IPv6", ["::ffff:127.0.0.1"]],
  ["IPv4 behind NAT64", ["64:ff9b::7f00:1"]],
  ["this host", ["0.0.0.0"]],
  ["private", ["192.168.1.1"]],
  ["carrier-grade NAT", ["100.100.100.200"]],
  ["link-local, where clouds keep credentials", ["169.254.169.254"]],
  ["link-local, IPv6", ["fe80::1"]],
  ["unique local", ["fd00:ec2::254"]],
  ["the host below a cloud's machine", ["168.63.129.16"]],
  ["one inward address among public ones", ["8.8.8.8", "10.0.0.1"]],
])("fail/a name that resolves to a blocked address: %s", async (_what, addresses) => {
  const receiver = await startReceiver(says(200));
  const { lookup, asked } = resolver(...addresses);
  try {
    const outcome = await outcomeOf(`https://bank.example:${receiver.port}/`, { lookup });
    expect(outcome).toBeInstanceOf(EndpointForbidden);
    expect((outcome as Error).message).not.toContain(addresses[0]);
    // Asked once: the answer that is checked is the one that would be called.
    expect(asked).toEqual(["bank.example"]);
    expect(receiver.received).toEqual([]);
  } finally {
    await receiver.close();
  }
});

test("fail/a name that was public when stored resolves to a blocked address when called", async () => {
  const { lookup } = resolver("127.0.0.1");
  const receiver = await startReceiver(says(200));
  try {
    // The allowance is for names, so what it does not name stays guarded beside it.
    const outcome = await outcomeOf(`https://rebinding.example:${receiver.port}/`, {
      allow: loopback,
      lookup,
    });
    expect(outcome).toBeInstanceOf(EndpointForbidden);
    expect(receiver.received).toEqual([]);
  } finally {
    await receiver.close();
  }
});

test.each(["http://127.0.0.1/", "https://10.0.0.1/", "http://bank.example/", "https://[::1]/"])(
  "fail/an address of the wrong shape is not even resolved: %s",
  async (address) => {
    const { lookup, asked } = resolver("8.8.8.8");
    expect(await outcomeOf(address, { lookup })).toBeInstanceOf(EndpointForbidden);
    expect(asked).toEqual([]);
  },
);

test("fail/no answer in time", async () => {
  const receiver = await startReceiver(() => {});
  try {
    // On a busy machine the time may be over before the request has arrived: then it was not this that was tried.
    for (let timeoutMs = 100; receiver.received.length === 0; timeoutMs *= 2) {
      const outcome = await outcomeOf(receiver.url, { allow: loopback, timeoutMs });
      expect(outcome).toBeInstanceOf(EndpointUnreachable);
    }
    expect(receiver.received).toHaveLength(1);
  } finally {
    await receiver.close();
  }
});

test("fail/an answer that never ends", async () => {
  const receiver = await startReceiver((response) => {
    response.writeHead(200).write("a");
  });
  try {
    const outcome = await outcomeOf(receiver.url, { allow: loopback, timeoutMs: 200 });
    expect(outcome).toBeInstanceOf(EndpointUnreachable);
  } finally {
    await receiver.close();
  }
});

test("fail/an answer that breaks off", async () => {
  const receiver = await startReceiver((response) => {
    response.writeHead(200, { "content-length": "100" }).write("a", () => response.destroy());
  });
  try {
    expect(await outcomeOf(receiver.url, { allow: loopback })).toBeInstanceOf(EndpointUnreachable);
  } finally {
    await receiver.close();
  }
});

test("ok/an answer as large as it may be; fail/one byte more", async () => {
  const receiver = await startReceiver(says(200, "a".repeat(1_000)));
  try {
    const answer = await makeOutbound({ allow: loopback, maxAnswerBytes: 1_000 }).post(receiver.url, message);
    expect(answer.body).toHaveLength(1_000);
    const outcome = await outcomeOf(receiver.url, { allow: loopback, maxAnswerBytes: 999 });
    expect(outcome).toBeInstanceOf(EndpointUnreachable);
    expect((outcome as Error).message).toContain("999 bytes");
  } finally {
    await receiver.close();
  }
});

test("fail/connection refused", async () => {
  const receiver = await startReceiver(says(200));
  await receiver.close();
  expect(await outcomeOf(receiver.url, { allow: loopback })).toBeInstanceOf(EndpointUnreachable);
});

test("fail/a name that is not known", async () => {
  const lookup: LookupFunction = (_name, _options, done) =>
    done(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }), "", 4);
  expect(await outcomeOf("https://bank.example/", { lookup })).toBeInstanceOf(EndpointUnreachable);
});

test("fail/the caller aborts", async () => {
  const asking = new AbortController();
  const receiver = await startReceiver(() => asking.abort());
  try {
    const asked = makeOutbound({ allow: loopback }).post(receiver.url, {
      ...message,
      signal: asking.signal,
    });
    await expect(asked).rejects.toBeInstanceOf(EndpointUnreachable);
  } finally {
    await receiver.close();
  }
});

test("fail/a request that is too large is an error of the engine", async () => {
  const body = Buffer.alloc(65_537);
  const asked = makeOutbound({ allow: loopback }).post("http://127.0.0.1:1/", { headers: {}, body });
  await expect(asked).rejects.toThrow(RangeError);
});

test("fail/an untrusted certificate", async () => {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=127.0.0.1",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  let requests = 0;
  const server = https.createServer({ key, cert: certificate.toString("pem") }, (_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const outcome = await outcomeOf(`https://127.0.0.1:${port}/`, { allow: loopback });
    expect(outcome).toBeInstanceOf(EndpointUnreachable);
    expect(requests).toBe(0);
  } finally {
    server.close();
  }
});
