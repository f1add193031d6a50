import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { type JLisErrorCode } from "../../../activities/j-lis/j-lis.ts";
import { billing, clock, day, jlis, person, refusal, startJlisForTests } from "./jlis-world.ts";

startJlisForTests();

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

  test("ok/a newer consent of the person replaces the older", async () => {
    const someone = await person();
    const older = await someone.consent(["name"]);
    const newer = await someone.consent(["name", "address"]);
    expect((await jlis.findConsent(older.id))?.state).toBe("withdrawn");
    expect((await jlis.findConsent(newer.id))?.state).toBe("in-force");
  });

  test("ok/withdrawn by the card; repeated it is one withdrawal, and the old CMS does not restore the consent", async () => {
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

  test("ok/withdrawn at J-LIS: found only by asking", async () => {
    const someone = await person();
    const { id } = await someone.consent();
    await someone.act("withdraw-consent");
    expect((await jlis.findConsent(id))?.state).toBe("withdrawn");
    expect(await someone.act("withdraw-consent")).toMatchObject({
      status: 409,
      body: { error: "NO_CONSENT" },
    });
  });

  test("fail/a withdrawal by another person, of an unknown consent, of another consent", async () => {
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
    clock.ahead = 6 * 365 * day;
    await expect(someone.consent()).rejects.toEqual(refusal("CERTIFICATE_EXPIRED"));
  });
});
