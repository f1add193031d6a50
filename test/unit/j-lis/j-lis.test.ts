import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { jlisOverHttp } from "../../../activities/j-lis/http.ts";
import {
  type CertificateReference,
  type JLis,
  JLisBusy,
  type JLisErrorCode,
  JLisRefusal,
  JLisUnavailable,
  jlisErrorCodes,
  type RegisterItem,
} from "../../../activities/j-lis/j-lis.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { signByCard } from "../simulators/card-signer.ts";
import { call } from "../simulators/jlis-client.ts";

const four: RegisterItem[] = ["name", "address", "dateOfBirth", "sex"];
const day = 24 * 60 * 60 * 1_000;

let directory: string;
let server: Awaited<ReturnType<typeof startJlis>>;
let url: string;
let jlis: JLis;
/** How far the simulator's clock is ahead, in ms. */
let ahead = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "jlis-"));
  server = await startJlis({ directory, clock: () => new Date(Date.now() + ahead) });
  ({ url } = server);
  jlis = jlisOverHttp(url);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

afterEach(async () => {
  ahead = 0;
  await call(url, "DELETE", "/control/faults");
  await call(url, "POST", "/control/sync", { delaySeconds: 0 });
  await call(url, "POST", "/control/quota", { attributesPerSecond: null });
});

/** The person of a card, with what the tests do to them. */
async function person(more: object = {}) {
  const card = randomUUID();
  await call(url, "POST", "/town-hall/residents", { card, ...more });
  const act = (name: string, body?: object) =>
    call(url, "POST", `/town-hall/residents/${card}/${name}`, body ?? {});
  const sign = (content: object) => signByCard(directory, card, content);
  return {
    card,
    act,
    sign,
    consent: async (items: RegisterItem[] = four) =>
      jlis.registerConsent(await sign({ type: "kazasu/register-consent/1", attributes: items })),
    withdrawal: (consentId: string) => sign({ type: "kazasu/register-consent-withdrawal/1", consentId }),
    /** The newest certificate of a kind, as J-LIS names it. */
    certificate: async (kind = "sign"): Promise<CertificateReference> => {
      const { certificates } = (await call(url, "GET", `/town-hall/residents/${card}`)).body;
      const found = certificates.findLast((each: { kind: string }) => each.kind === kind);
      return { issuerKeyId: found.issuerKeyId, serial: found.serial };
    },
  };
}

const faults = (plan: object) => call(url, "POST", "/control/faults", plan);
const billing = async () => (await call(url, "GET", "/control/billing")).body;
const refusal = (code: JLisErrorCode) => expect.objectContaining({ name: "JLisRefusal", code });

describe("latest attributes", () => {
  test("ok/after a move: the new certificate and what was consented to, billed once", async () => {
    const taro = await person({
      name: "𠮷田　太郎",
      address: "東京都港区芝浦一丁目",
      dateOfBirth: "1985-07-03",
      sex: "male",
    });
    const { id: consentId } = await taro.consent(["name", "address", "sex"]);
    const old = await taro.certificate();
    await taro.act("move", { address: "長崎県長崎市五島町二丁目" });
    await taro.act("renew");
    const before = await billing();
    const request = { consentId, certificate: old, items: four };
    const answer = await jlis.latestAttributes(request);
    expect(answer).toEqual({
      certificate: await taro.certificate(),
      attributes: {
        name: "吉田　太郎",
        nameSubstitution: "10000",
        address: "長崎県長崎市五島町二丁目",
        addressSubstitution: "0".repeat(12),
        sex: "male",
      },
    });
    expect(await jlis.latestAttributes(request)).toEqual(answer);
    expect(await billing()).toEqual({ ...before, attributes: before.attributes + 1 });

    await taro.act("renew"); // another new certificate is another answer
    expect((await jlis.latestAttributes(request)).certificate).toEqual(await taro.certificate());
    expect((await billing()).attributes).toBe(before.attributes + 2);
  });

  test("ok/of what is consented to, only what is asked for", async () => {
    const someone = await person({ dateOfBirth: "400000000" });
    const { id: consentId } = await someone.consent();
    const certificate = await someone.certificate();
    await someone.act("renew");
    const { attributes } = await jlis.latestAttributes({ consentId, certificate, items: ["dateOfBirth"] });
    expect(attributes).toEqual({ dateOfBirth: "400000000" });
  });

  test("ok/former surname, furigana and moving abroad", async () => {
    const hanako = await person({ name: "佐藤　花子", address: "東京都千代田区一番町１" });
    const { id: consentId } = await hanako.consent();
    const certificate = await hanako.certificate();
    await hanako.act("rename", { name: "山田　花子", formerName: "佐藤", furigana: "ヤマダ　ハナコ" });
    await hanako.act("move-abroad", { plannedDate: "2027-04-01" });
    await hanako.act("renew");
    const request = { consentId, certificate, items: ["name", "address"] as const };
    expect((await jlis.latestAttributes(request)).attributes).toEqual({
      name: "山田［佐藤］　花子",
      nameSubstitution: "0".repeat(9),
      formerName: "佐藤",
      furigana: "ヤマダ　ハナコ",
      address: "東京都千代田区一番町１　国外転出（予定日２０２７年４月１日）",
      addressSubstitution: "0".repeat(30),
      movedAbroad: { plannedDate: "2027-04-01" },
    });
  });

  test("fail/no answer while there is no new certificate, nothing new while the old one is good", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const certificate = await someone.certificate();
    const ask = () => jlis.latestAttributes({ consentId, certificate, items: four });
    const before = await billing();
    await expect(ask()).rejects.toEqual(refusal("CONTENT_NOT_EXISTS"));
    await someone.act("move", { address: "沖縄県那覇市泉崎一丁目" });
    await expect(ask()).rejects.toEqual(refusal("LATEST_CERTIFICATE_NOT_EXISTS"));
    await someone.act("renew");
    await someone.act("hold"); // the new one is not good either
    await expect(ask()).rejects.toEqual(refusal("LATEST_CERTIFICATE_NOT_EXISTS"));
    await call(url, "POST", "/control/sync", { delaySeconds: 3_600 });
    await someone.act("renew");
    await expect(ask()).rejects.toEqual(refusal("NOT_SYNCED_YET"));
    expect(await billing()).toEqual(before);
    ahead = 3_601_000;
    expect((await ask()).certificate).toEqual(await someone.certificate());
    expect((await billing()).attributes).toBe(before.attributes + 1);
  });

  test("fail/an expired certificate is not good: there is a newer one, or no answer", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const certificate = await someone.certificate();
    ahead = 6 * 365 * day;
    const ask = () => jlis.latestAttributes({ consentId, certificate, items: four });
    await expect(ask()).rejects.toEqual(refusal("LATEST_CERTIFICATE_NOT_EXISTS"));
    await someone.act("renew");
    expect((await ask()).certificate).toEqual(await someone.certificate());
  });

  test("fail/no consent for it, a consent that has ended, another person's", async () => {
    const someone = await person();
    const certificate = await someone.certificate();
    const name = await someone.consent(["name"]);
    await someone.act("renew");
    const ask = (consentId: string, items: RegisterItem[] = ["name"], of = certificate) =>
      jlis.latestAttributes({ consentId, certificate: of, items });
    await expect(ask(randomUUID())).rejects.toEqual(refusal("NOT_CONSENTED"));
    await expect(ask(name.id, ["address", "sex"])).rejects.toEqual(refusal("NOT_CONSENTED"));
    const other = await person();
    await expect(ask(name.id, ["name"], await other.certificate())).rejects.toEqual(refusal("NOT_CONSENTED"));
    for (const wrong of [await someone.certificate("auth"), { ...certificate, serial: "1234" }])
      await expect(ask(name.id, ["name"], wrong)).rejects.toEqual(refusal("UNSUPPORTED_CERTIFICATE"));
    ahead = 11 * 365 * day;
    await expect(ask(name.id)).rejects.toEqual(refusal("CONSENT_EXPIRED"));
    ahead = 0;
    await someone.act("withdraw-consent");
    await expect(ask(name.id)).rejects.toEqual(refusal("CONSENT_REVOKED"));
    await expect(ask(name.id, [])).rejects.toEqual(refusal("REQUEST_FAILED"));
  });

  test("ok/an answer that was lost is given again, and paid once", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const certificate = await someone.certificate();
    await someone.act("renew");
    const before = (await billing()).attributes;
    await faults({ attributes: { hangMs: 0, times: 1 } });
    const ask = () => jlis.latestAttributes({ consentId, certificate, items: four });
    await expect(ask()).rejects.toThrow(JLisUnavailable);
    expect((await billing()).attributes).toBe(before + 1);
    expect((await ask()).certificate).toEqual(await someone.certificate());
    expect((await billing()).attributes).toBe(before + 1);
  });

  test("ok/ten at once are paid once", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const certificate = await someone.certificate();
    await someone.act("renew");
    const before = (await billing()).attributes;
    const ask = () => jlis.latestAttributes({ consentId, certificate, items: four });
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await billing()).attributes).toBe(before + 1);
  });

  test("fail/the quota: told how long to wait", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const request = { consentId, certificate: await someone.certificate(), items: four };
    await call(url, "POST", "/control/quota", { attributesPerSecond: 0.1 });
    await expect(jlis.latestAttributes(request)).rejects.toEqual(refusal("CONTENT_NOT_EXISTS"));
    const busy = await jlis.latestAttributes(request).catch((error: unknown) => error);
    expect(busy).toBeInstanceOf(JLisBusy);
    expect(busy).toBeInstanceOf(JLisUnavailable);
    expect(busy).toMatchObject({ retryAfterMs: 10_000 });
    ahead = 10_000;
    await expect(jlis.latestAttributes(request)).rejects.toEqual(refusal("CONTENT_NOT_EXISTS"));
  });
});

describe("consents", () => {
  test("ok/registered, found, the same CMS again is the same consent, and free", async () => {
    const someone = await person();
    const cms = await someone.sign({
      type: "kazasu/register-consent/1",
      attributes: ["address", "name"],
      enrolmentId: randomUUID(),
    });
    const before = await billing();
    const consent = await jlis.registerConsent(cms);
    expect(consent).toMatchObject({ state: "in-force", items: ["address", "name"] });
    await someone.act("move", { address: "京都府京都市中京区" });
    expect(await jlis.registerConsent(cms)).toEqual(consent); // the certificate has ended, the consent has not
    expect(await jlis.findConsent(consent.id)).toEqual(consent);
    expect(await billing()).toEqual({ ...before, consents: before.consents + 1 });
    expect(before.paid).toEqual(["ocsp", "linkage", "attributes"]);
    expect(await jlis.findConsent(randomUUID())).toBeUndefined();
  });

  test("ok/a newer consent of the person takes the place of the older", async () => {
    const someone = await person();
    const older = await someone.consent(["name"]);
    const newer = await someone.consent(["name", "address"]);
    expect((await jlis.findConsent(older.id))?.state).toBe("withdrawn");
    expect((await jlis.findConsent(newer.id))?.state).toBe("in-force");
  });

  test("ok/withdrawn by the card, twice is once, and the old CMS does not bring it back", async () => {
    const someone = await person();
    const cms = await someone.sign({ type: "kazasu/register-consent/1", attributes: ["name"] });
    const { id } = await jlis.registerConsent(cms);
    const withdrawal = await someone.withdrawal(id);
    const withdrawn = await jlis.withdrawConsent(id, withdrawal);
    expect(withdrawn).toMatchObject({ id, state: "withdrawn" });
    await someone.act("hold");
    expect(await jlis.withdrawConsent(id, withdrawal)).toEqual(withdrawn);
    expect(await jlis.registerConsent(cms)).toEqual(withdrawn);
  });

  test("ok/withdrawn at J-LIS: nobody tells us, we ask", async () => {
    const someone = await person();
    const { id } = await someone.consent();
    await someone.act("withdraw-consent");
    expect((await jlis.findConsent(id))?.state).toBe("withdrawn");
    expect(await someone.act("withdraw-consent")).toMatchObject({
      status: 409,
      body: { error: "NO_CONSENT" },
    });
  });

  test("fail/withdrawing by another person, of no consent, of another consent", async () => {
    const [someone, other] = [await person(), await person()];
    const { id } = await someone.consent();
    await expect(jlis.withdrawConsent(id, await other.withdrawal(id))).rejects.toEqual(
      refusal("NOT_CONSENTED"),
    );
    const none = randomUUID();
    const ofNone = await someone.withdrawal(none);
    await expect(jlis.withdrawConsent(none, ofNone)).rejects.toEqual(refusal("NOT_CONSENTED"));
    await expect(jlis.withdrawConsent(id, ofNone)).rejects.toEqual(refusal("REQUEST_FAILED"));
    expect((await jlis.findConsent(id))?.state).toBe("in-force");
  });

  test.each<[string, object, JLisErrorCode]>([
    ["hold", {}, "CERTIFICATE_ON_HOLD"],
    ["revoke", { reason: "keyCompromise" }, "CERTIFICATE_REVOKED"],
    ["move", { address: "北海道札幌市中央区" }, "CERTIFICATE_REVOKED"],
  ])("fail/consent and withdrawal signed with a certificate after %s", async (act, order, code) => {
    const someone = await person();
    const { id } = await someone.consent();
    await someone.act(act, order);
    await expect(someone.consent(["sex"])).rejects.toEqual(refusal(code));
    const withdrawal = await someone.withdrawal(id);
    await expect(jlis.withdrawConsent(id, withdrawal)).rejects.toEqual(refusal(code));
    expect((await jlis.findConsent(id))?.state).toBe("in-force"); // it survives the certificate
  });

  test("fail/signed with a certificate that has expired", async () => {
    const someone = await person();
    ahead = 6 * 365 * day;
    await expect(someone.consent()).rejects.toEqual(refusal("CERTIFICATE_EXPIRED"));
  });
});

describe("linkage", () => {
  test("ok/the newest that follows, and the older ones; each call is billed", async () => {
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
