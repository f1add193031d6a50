import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { jlisOverHttp } from "../../../activities/j-lis/http.ts";
import { type JLis, JLisRefusal, JLisUnavailable, jlisErrorCodes } from "../../../activities/j-lis/j-lis.ts";
import { call } from "../simulators/jlis-client.ts";
import { billing, faults, four, jlis, person, startJlisForTests, url } from "./jlis-world.ts";

startJlisForTests();

describe("linkage", () => {
  test("ok/the newest successor and the predecessors; each call is billed", async () => {
    const someone = await person();
    const first = await someone.certificate();
    const before = await billing();
    expect(await jlis.successor(first)).toBeUndefined();
    await someone.act("renew");
    const second = await someone.certificate();
    await someone.act("new-card");
    const third = await someone.certificate();
    await someone.act("hold");
    expect(await jlis.successor(first)).toEqual(third);
    expect(await jlis.successor(second)).toEqual(third);
    expect(await jlis.predecessors(third)).toEqual([second, first]);
    expect(await billing()).toEqual({ ...before, linkage: before.linkage + 4 });
    const unknown = { ...first, serial: "1234" };
    expect(await jlis.successor(unknown)).toBeUndefined();
    expect(await jlis.predecessors(unknown)).toEqual([]);
  });
});

describe("CRL", () => {
  test("ok/parts of the sign CA only; a part is what the address serves", async () => {
    await person({ prefecture: "Gifu-ken", city: "Gifu-shi" });
    const parts = await jlis.crlParts();
    const listed = (await call(url, "GET", "/crl")).body;
    expect(parts.map(({ part }) => part)).toEqual(
      listed
        .filter(({ kind }: { kind: string }) => kind === "sign")
        .map(({ part }: { part: string }) => part),
    );
    const gifu = parts.find(({ distributionPoint }) => distributionPoint.endsWith("CN=Gifu-shi CRLDP"));
    const pieces: Uint8Array[] = [];
    for await (const piece of await jlis.crl(gifu?.part ?? "")) pieces.push(piece);
    const served = await (await fetch(`${url}/crl/${gifu?.part}`)).arrayBuffer();
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(digest(Buffer.concat(pieces))).toBe(digest(new Uint8Array(served)));
    await expect(jlis.crl("none")).rejects.toThrow(JLisUnavailable);
  });

  test("fail/longer than allowed", async () => {
    await person();
    const [part] = await jlis.crlParts();
    const small = jlisOverHttp(url, { maxCrlBytes: 100 });
    const read = async () => {
      for await (const _ of await small.crl(part?.part ?? "")) void _;
    };
    await expect(read()).rejects.toThrow("J-LIS sent more than 100 bytes.");
  });
});

describe("faults", () => {
  const calls: [string, string, (jlis: JLis) => Promise<unknown>][] = [
    ["ocsp", "askStatus", (jlis) => jlis.askStatus(new Uint8Array([1]))],
    ["linkage", "predecessors", (jlis) => jlis.predecessors({ issuerKeyId: "ab", serial: "01" })],
    ["linkage", "successor", (jlis) => jlis.successor({ issuerKeyId: "ab", serial: "01" })],
    ["consents", "registerConsent", (jlis) => jlis.registerConsent(new Uint8Array([1]))],
    ["consents", "findConsent", (jlis) => jlis.findConsent("none")],
    ["consents", "withdrawConsent", (jlis) => jlis.withdrawConsent("none", new Uint8Array([1]))],
    [
      "attributes",
      "latestAttributes",
      (jlis) =>
        jlis.latestAttributes({
          consentId: "none",
          certificate: { issuerKeyId: "ab", serial: "01" },
          items: four,
        }),
    ],
    ["crl", "crl", (jlis) => jlis.crl("none")],
  ];

  test.each(calls)("fail/%s %s: 5xx, hanging and slow are all unavailable", async (kind, _, ask) => {
    await faults({ [kind]: { status: 503 } });
    await expect(ask(jlis)).rejects.toThrow("J-LIS answered HTTP 503. Try again later.");
    await faults({ [kind]: { hangMs: 0 } });
    await expect(ask(jlis)).rejects.toThrow(JLisUnavailable);
    const impatient = jlisOverHttp(url, { timeoutMs: 50 });
    for (const fault of [{ hangMs: 60_000 }, { delayMs: 60_000 }]) {
      await faults({ [kind]: fault });
      await expect(ask(impatient)).rejects.toThrow(JLisUnavailable);
    }
  });

  test.each(jlisErrorCodes)("fail/%s comes through, and only as the code", async (code) => {
    await faults({ attributes: { refusal: code, times: 1 } });
    const request = {
      consentId: "none",
      certificate: { issuerKeyId: "ab", serial: "01" },
      items: four,
    };
    const error = await jlis.latestAttributes(request).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(JLisRefusal);
    expect(error).toMatchObject({ code });
    expect(`${inspect(error)} ${JSON.stringify(error)}`).not.toContain(code);
  });

  test("ok/slow is not down", async () => {
    await faults({ consents: { delayMs: 30, times: 1 } });
    expect(await jlis.findConsent("none")).toBeUndefined();
  });
});
