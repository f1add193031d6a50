import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { selectFile, selectJpki, sign, verify } from "./card-driver.ts";
import { apdu, call } from "./jlis-client.ts";
import { act, type Certificate, id, ofKind, register, startJlisForTests, url } from "./jlis-residents.ts";

startJlisForTests();

describe("reader and control", () => {
  test("ok/a tap over HTTP is counted once with its signature", async () => {
    await register("tapper");
    await call(url, "POST", "/reader/tapper/reset");
    await apdu(url, "tapper", selectJpki);
    await apdu(url, "tapper", selectFile("001B"));
    await apdu(url, "tapper", verify("ABC12345"));
    await apdu(url, "tapper", selectFile("001A"));
    expect(await apdu(url, "tapper", sign)).toMatch(/^[0-9a-f]{512}9000$/);
    await call(url, "POST", "/reader/tapper/reset");
    expect((await call(url, "GET", "/reader/tapper")).body).toEqual({
      activations: 1,
      signatures: 1,
      signTriesLeft: 5,
      authTriesLeft: 3,
    });
  });

  test.each([
    ["GET", "/reader/nobody", undefined, 404, "NO_SUCH_CARD"],
    ["POST", "/reader/nobody~1/apdu", { apdu: "00" }, 404, "NO_SUCH_CARD"],
    ["POST", "/reader/nobody/apdu", { apdu: "0" }, 400, "MALFORMED_REQUEST"],
    ["GET", "/town-hall/residents/nobody", undefined, 404, "NO_SUCH_RESIDENT"],
    ["GET", "/crl/none", undefined, 404, "NO_SUCH_PART"],
    ["POST", "/linkage", { issuerKeyId: "ab", serial: "01" }, 404, "UNKNOWN_CERTIFICATE"],
    ["POST", "/linkage/successor", { issuerKeyId: "ab", serial: "01" }, 404, "UNKNOWN_CERTIFICATE"],
    ["POST", "/linkage/auth", { issuerKeyId: "ab", serial: "01" }, 404, "UNKNOWN_CERTIFICATE"],
    ["GET", "/consents/none", undefined, 404, "NO_SUCH_CONSENT"],
    ["POST", "/attributes", {}, 400, "MALFORMED_REQUEST"],
    ["POST", "/control/quota", { attributesPerSecond: 0 }, 400, "MALFORMED_REQUEST"],
    ["POST", "/control/sync", {}, 400, "MALFORMED_REQUEST"],
    ["POST", "/control/faults", { attributes: { refusal: "ODD" } }, 400, "MALFORMED_REQUEST"],
    ["POST", "/ocsp", {}, 415, "NOT_AN_OCSP_REQUEST"],
    ["GET", "/nowhere", undefined, 404, "NOT_FOUND"],
    ["POST", "/control/cards", { card: "a", variant: "odd" }, 400, "MALFORMED_REQUEST"],
  ] as const)("fail/%s %s: the error says why", async (method, path, body, status, error) => {
    expect(await call(url, method, path, body)).toMatchObject({ status, body: { error } });
  });

  test("ok/linked: the auth certificate on the card of a sign certificate, while it is good", async () => {
    const { body: first } = await register("both");
    const { body: second } = await act("both", "renew");
    const [sign, renewed] = ofKind(second, "sign") as [Certificate, Certificate];
    const [auth] = ofKind(first, "auth") as [Certificate];
    const linked = async (certificate: Certificate) => call(url, "POST", "/linkage/auth", id(certificate));
    for (const each of [sign, renewed]) expect((await linked(each)).body).toEqual({ certificate: id(auth) });
    const { body: third } = await act("both", "new-card");
    const newest = ofKind(third, "auth").at(-1) as Certificate;
    expect((await linked(ofKind(third, "sign").at(-1) as Certificate)).body).toEqual({
      certificate: id(newest),
    });
    expect(await linked(sign)).toMatchObject({
      status: 422,
      body: { error: "ASSOCIATED_CERTIFICATE_NOT_EXISTS" },
    });
  });

  test("fail/bodies too large and JSON that is none", async () => {
    const send = (body: string) =>
      fetch(`${url}/linkage`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect((await send(`"${"x".repeat(200_000)}"`)).status).toBe(413);
    expect((await send("{")).status).toBe(400);
  });

  test("ok/faults last as many calls as asked, and calls are billed all the same", async () => {
    const before = (await call(url, "GET", "/control/billing")).body.linkage;
    await call(url, "POST", "/control/faults", { linkage: { status: 503, times: 2 } });
    const ask = () => call(url, "POST", "/linkage", { issuerKeyId: "ab", serial: "01" });
    const statuses = [(await ask()).status, (await ask()).status, (await ask()).status];
    expect(statuses).toEqual([503, 503, 404]);
    expect((await call(url, "GET", "/control/billing")).body.linkage).toBe(before + 3);
  });

  test("ok/a new generation has the same name and another key; linkage reaches back", async () => {
    const { body: before } = await register("older");
    const { body: generation } = await call(url, "POST", "/control/generations", { kind: "sign" });
    const { body: after } = await act("older", "renew");
    const [old, renewed] = ofKind(after, "sign") as [Certificate, Certificate];
    expect(renewed.issuerKeyId).toBe(generation.keyId);
    expect(old.issuerKeyId).toBe(before.certificates[0].issuerKeyId);
    expect((await call(url, "POST", "/linkage", id(renewed))).body.predecessors).toEqual([id(old)]);
    const pems = await (await fetch(`${url}/ca/sign.pem`)).text();
    const authorities = pems
      .match(/-----BEGIN[^]+?END CERTIFICATE-----/g)
      ?.map((pem) => new X509Certificate(pem));
    expect(authorities).toHaveLength(2);
    expect(authorities?.[0]?.subject).toBe(authorities?.[1]?.subject);
  });
});
