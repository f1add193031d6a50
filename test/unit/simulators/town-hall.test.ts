import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { selectFile, selectJpki, verify } from "./card-driver.ts";
import { apdu, call } from "./jlis-client.ts";
import { act, type Certificate, id, ofKind, register, startJlisForTests, url } from "./jlis-residents.ts";

startJlisForTests();

describe("town hall", () => {
  test("ok/moved twice, then renewed: linked newest first, the auth certificate lives on", async () => {
    await register("mover");
    await act("mover", "move", { address: "北海道札幌市中央区〇条西一丁目" });
    const { body: moved } = await act("mover", "move", {
      address: "沖縄県那覇市泉崎一丁目",
      prefecture: "Okinawa-ken",
      city: "Naha-shi",
    });
    expect(ofKind(moved, "sign").map(({ revoked }) => revoked?.reason)).toEqual(["affiliationChanged"]);
    expect(ofKind(moved, "auth").map(({ revoked }) => revoked)).toEqual([undefined]);

    const keyBefore = await signKeyDigest("mover");
    await act("mover", "renew");
    const { body: renewed } = await act("mover", "renew");
    expect(await signKeyDigest("mover")).not.toBe(keyBefore);
    const [first, second, third] = ofKind(renewed, "sign") as [Certificate, Certificate, Certificate];
    expect([first, second, third].map(({ revoked }) => revoked?.reason)).toEqual([
      "affiliationChanged",
      "superseded",
      undefined,
    ]);
    const linked = await call(url, "POST", "/linkage", id(third));
    expect(linked.body).toEqual({ predecessors: [id(second), id(first)] });
    const upperCase = { issuerKeyId: first.issuerKeyId.toUpperCase(), serial: `00${first.serial}` };
    expect((await call(url, "POST", "/linkage", upperCase)).body).toEqual({ predecessors: [] });
    const current = new X509Certificate(Buffer.from(renewed.certificates.at(-1).der, "base64"));
    expect(current.subject).toContain("L=Okinawa-ken\nL=Naha-shi");
  });

  test("ok/a new card is linked, and its predecessor keeps working as it was", async () => {
    await register("careless", { signPin: "first1", authPin: "1111" });
    await act("careless", "lose");
    const { body } = await act("careless", "new-card", { signPin: "SECOND22" });
    expect(ofKind(body, "sign").map(({ revoked }) => revoked?.reason)).toEqual([
      "certificateHold",
      undefined,
    ]);
    expect(body.signPin).toBe("SECOND22");
    expect(body.authPin).toBe("1234");
    const linked = await call(url, "POST", "/linkage", id(ofKind(body, "sign").at(-1) as Certificate));
    expect(linked.body.predecessors).toHaveLength(1);
    expect((await call(url, "GET", "/reader")).body.cards).toEqual(
      expect.arrayContaining(["careless", "careless~1"]),
    );
    await apdu(url, "careless~1", selectJpki);
    await apdu(url, "careless~1", selectFile("001B"));
    expect(await apdu(url, "careless~1", verify("FIRST1"))).toBe("9000");
    expect((await call(url, "GET", "/reader/careless")).body.activations).toBe(0);
  });

  test("ok/a locked PIN is unlocked at the counter", async () => {
    await register("forgetful");
    await apdu(url, "forgetful", selectJpki);
    await apdu(url, "forgetful", selectFile("0018"));
    for (let tries = 0; tries < 3; tries += 1) await apdu(url, "forgetful", verify("0000"));
    expect(await apdu(url, "forgetful", verify("1234"))).toBe("6983");
    await act("forgetful", "unlock", { authPin: "4321" });
    expect(await apdu(url, "forgetful", verify("4321"))).toBe("9000");
  });

  test("ok/a death revokes the certificates, and later acts are refused", async () => {
    await register("ancestor");
    const { body } = await act("ancestor", "die");
    expect(body.certificates.every(({ revoked }: Certificate) => revoked)).toBe(true);
    expect(await act("ancestor", "renew")).toMatchObject({ status: 409, body: { error: "RESIDENT_DIED" } });
  });

  test("ok/renaming revokes, and revoking again keeps the first reason", async () => {
    await register("bride");
    await act("bride", "rename", { name: "𠮷﨑　花子" });
    const again = await act("bride", "revoke", { reason: "keyCompromise" });
    expect(again).toMatchObject({ status: 409, body: { error: "ALREADY_REVOKED" } });
    const { body } = await call(url, "GET", "/town-hall/residents/bride");
    expect(body.certificateAttributes).toMatchObject({ name: "吉﨑　花子", nameSubstitution: "10000" });
    expect(ofKind(body, "sign").map(({ revoked }) => revoked?.reason)).toEqual(["affiliationChanged"]);
  });

  test("ok/a former surname is in the certificate; furigana is not, and revokes nothing", async () => {
    await register("wed", { name: "佐藤　花子" });
    const { body: furigana } = await act("wed", "rename", { name: "佐藤　花子", furigana: "サトウ　ハナコ" });
    expect(furigana.register.furigana).toBe("サトウ　ハナコ");
    expect(ofKind(furigana, "sign").map(({ revoked }) => revoked)).toEqual([undefined]);
    const { body: renamed } = await act("wed", "rename", { name: "山田　花子", formerName: "佐藤" });
    expect(renamed.certificateAttributes.name).toBe("山田［佐藤］　花子");
    expect(renamed.register).not.toHaveProperty("furigana");
    expect(ofKind(renamed, "sign").map(({ revoked }) => revoked?.reason)).toEqual(["affiliationChanged"]);
    const { body: mononym } = await act("wed", "rename", { name: "花子", formerName: "佐藤" });
    expect(mononym.certificateAttributes.name).toBe("花子［佐藤］");
    const { body: dropped } = await act("wed", "rename", { name: "山田　花子" });
    expect(dropped.certificateAttributes.name).toBe("山田　花子");
  });

  test("ok/a planned move abroad is in the address until the next move", async () => {
    await register("emigrant", { address: "東京都港区芝浦一丁目" });
    const { body: leaving } = await act("emigrant", "move-abroad", { plannedDate: "2026-12-01" });
    expect(leaving.certificateAttributes.address).toBe(
      "東京都港区芝浦一丁目　国外転出（予定日２０２６年１２月１日）",
    );
    expect(ofKind(leaving, "sign").map(({ revoked }) => revoked?.reason)).toEqual(["affiliationChanged"]);
    const { body: back } = await act("emigrant", "move", { address: "大阪府堺市北区一丁目" });
    expect(back.certificateAttributes.address).toBe("大阪府堺市北区一丁目");
  });

  test("fail/a former surname or a planned move makes name or address too long", async () => {
    await register("long", { name: "あ".repeat(199), address: "い".repeat(190) });
    const orders = [
      ["rename", { name: "あ".repeat(199), formerName: "佐藤" }],
      ["move-abroad", { plannedDate: "2026-12-01" }],
    ] as const;
    for (const [name, order] of orders) {
      expect(await act("long", name, order)).toMatchObject({ status: 409, body: { error: "TOO_LONG" } });
    }
    const { body } = await call(url, "GET", "/town-hall/residents/long");
    expect(ofKind(body, "sign").map(({ revoked }) => revoked)).toEqual([undefined]);
  });

  test("fail/names taken, ten at once: one resident", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => register("same")));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.error === "CARD_EXISTS")).toHaveLength(
      9,
    );
  });

  test.each([
    [{ card: "../etc" }, 400],
    [{ card: "x", sex: "other" }, 400],
    [{ card: "x", signPin: "short" }, 400],
    [{ card: "x", address: "あ".repeat(201) }, 400],
    [{ card: "x", unknownField: true }, 400],
    [{ card: "x", dateOfBirth: "2020-01-01" }, 409],
  ])("fail/resident %j", async (body, status) => {
    const answer = await call(url, "POST", "/town-hall/residents", body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: expect.any(String), next: expect.any(String) });
  });
});

/** Digest of the sign certificate on a card, read over the reader. */
async function signKeyDigest(card: string): Promise<string> {
  await call(url, "POST", `/reader/${card}/reset`);
  await apdu(url, card, selectJpki);
  await apdu(url, card, selectFile("001B"));
  await apdu(url, card, verify("ABC12345"));
  await apdu(url, card, selectFile("0001"));
  const response = await apdu(url, card, "00B00000000000");
  expect(response.slice(-4)).toBe("9000");
  return createHash("sha256").update(response).digest("hex");
}
