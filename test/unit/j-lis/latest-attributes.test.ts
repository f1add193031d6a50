import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { JLisBusy, JLisUnavailable, type RegisterItem } from "../../../activities/j-lis/j-lis.ts";
import { call } from "../simulators/jlis-client.ts";
import {
  billing,
  clock,
  day,
  faults,
  four,
  jlis,
  person,
  refusal,
  startJlisForTests,
  url,
} from "./jlis-world.ts";

startJlisForTests();

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

  test("ok/only the requested items of those consented to", async () => {
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

  test("fail/no answer while there is no new certificate, and none while the old one is good", async () => {
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
    clock.ahead = 3_601_000;
    expect((await ask()).certificate).toEqual(await someone.certificate());
    expect((await billing()).attributes).toBe(before.attributes + 1);
  });

  test("fail/an expired certificate is not good: there is a newer one, or no answer", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const certificate = await someone.certificate();
    clock.ahead = 6 * 365 * day;
    const ask = () => jlis.latestAttributes({ consentId, certificate, items: four });
    await expect(ask()).rejects.toEqual(refusal("LATEST_CERTIFICATE_NOT_EXISTS"));
    await someone.act("renew");
    expect((await ask()).certificate).toEqual(await someone.certificate());
  });

  test("fail/without a consent, under an ended one, under another person's", async () => {
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
    clock.ahead = 11 * 365 * day;
    await expect(ask(name.id)).rejects.toEqual(refusal("CONSENT_EXPIRED"));
    clock.ahead = 0;
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

  test("fail/over the quota: the answer says how long to wait", async () => {
    const someone = await person();
    const { id: consentId } = await someone.consent();
    const request = { consentId, certificate: await someone.certificate(), items: four };
    await call(url, "POST", "/control/quota", { attributesPerSecond: 0.1 });
    await expect(jlis.latestAttributes(request)).rejects.toEqual(refusal("CONTENT_NOT_EXISTS"));
    const busy = await jlis.latestAttributes(request).catch((error: unknown) => error);
    expect(busy).toBeInstanceOf(JLisBusy);
    expect(busy).toBeInstanceOf(JLisUnavailable);
    expect(busy).toMatchObject({ retryAfterMs: 10_000 });
    clock.ahead = 10_000;
    await expect(jlis.latestAttributes(request)).rejects.toEqual(refusal("CONTENT_NOT_EXISTS"));
  });
});
