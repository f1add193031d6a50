import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { birthdayAfter, toCertificateDate } from "../../../simulators/j-lis/date-of-birth.ts";
import { personaOf } from "../../../simulators/j-lis/personas.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { certificateText } from "../../../simulators/j-lis/substitution.ts";
import { selectFile, selectJpki, sign, verify } from "./card-driver.ts";
import { apdu, call } from "./jlis-client.ts";

let url: string;
let server: Awaited<ReturnType<typeof startJlis>>;

beforeAll(async () => {
  server = await startJlis({});
  ({ url } = server);
});

afterAll(() => server.close());

afterEach(async () => {
  await call(url, "DELETE", "/control/faults");
});

const register = (card: string, more: object = {}) =>
  call(url, "POST", "/town-hall/residents", { card, ...more });

const act = (card: string, name: string, body?: object) =>
  call(url, "POST", `/town-hall/residents/${card}/${name}`, body);

interface Certificate {
  kind: string;
  issuerKeyId: string;
  serial: string;
  revoked?: { reason: string };
}

const ofKind = (resident: { certificates: Certificate[] }, kind: string) =>
  resident.certificates.filter((each) => each.kind === kind);

const id = ({ issuerKeyId, serial }: Certificate) => ({ issuerKeyId, serial });

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

  test("ok/a new card is linked, its predecessor stays in the drawer with what it had", async () => {
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

  test("ok/the dead are revoked and nothing more happens to them", async () => {
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

  test("ok/a former surname stands in the certificate, furigana does not and revokes nothing", async () => {
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

  test("ok/moving abroad stands in the address until the next move", async () => {
    await register("emigrant", { address: "東京都港区芝浦一丁目" });
    const { body: leaving } = await act("emigrant", "move-abroad", { plannedDate: "2026-12-01" });
    expect(leaving.certificateAttributes.address).toBe(
      "東京都港区芝浦一丁目　国外転出（予定日２０２６年１２月１日）",
    );
    expect(ofKind(leaving, "sign").map(({ revoked }) => revoked?.reason)).toEqual(["affiliationChanged"]);
    const { body: back } = await act("emigrant", "move", { address: "大阪府堺市北区一丁目" });
    expect(back.certificateAttributes.address).toBe("大阪府堺市北区一丁目");
  });

  test("fail/what stands beside a name or an address makes it too long", async () => {
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

  test("ok/personas are the same for the same name, and hard", () => {
    expect(personaOf("anyone")).toEqual(personaOf("anyone"));
    const names = new Set(Array.from({ length: 100 }, (_, index) => personaOf(`card-${index}`).name));
    expect(names.size).toBe(6);
    expect([...names].filter((name) => certificateText(name).flags.includes("1"))).toHaveLength(2);
  });

  test.each([
    ["𠮷田　髙子", "吉田　髙子", "10000"],
    ["葛\u{E0100}城", "葛城", "10"],
    ["辻\uFE00　𠀋一", "辻　＊一", "1010"],
    ["", "", ""],
  ])("ok/%s is written %s with the flags %s", (register, text, flags) => {
    expect(certificateText(register)).toEqual({ text, flags });
  });

  test("ok/dates: eras, and the end of the day of the fifth birthday in Japan", () => {
    expect(toCertificateDate("1989-01-07")).toBe("319890107");
    expect(toCertificateDate("1989-01-08")).toBe("419890108");
    expect(toCertificateDate("2019-05-01")).toBe("520190501");
    const issued = new Date("2024-05-01T00:00:00Z");
    expect(birthdayAfter("419900415", issued, 5).toISOString()).toBe("2029-04-15T14:59:59.000Z");
    expect(birthdayAfter("419900615", issued, 5).toISOString()).toBe("2028-06-15T14:59:59.000Z");
    expect(birthdayAfter("319640229", issued, 5).toISOString()).toBe("2029-02-28T14:59:59.000Z");
    expect(birthdayAfter("400000000", issued, 5).toISOString()).toBe("2029-05-01T14:59:59.000Z");
  });
});

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
  ] as const)("fail/%s %s is told why", async (method, path, body, status, error) => {
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

describe("state", () => {
  test("ok/everything survives a restart", async () => {
    const directory = await mkdtemp(join(tmpdir(), "jlis-"));
    try {
      const first = await startJlis({ directory });
      await call(first.url, "POST", "/town-hall/residents", { card: "太郎" });
      await call(first.url, "POST", `/town-hall/residents/${encodeURIComponent("太郎")}/renew`, {});
      await apdu(first.url, "太郎", selectJpki);
      await apdu(first.url, "太郎", selectFile("001B"));
      await apdu(first.url, "太郎", verify("WRONG123"));
      const seen = async (at: string) => ({
        resident: (await call(at, "GET", `/town-hall/residents/${encodeURIComponent("太郎")}`)).body,
        card: (await call(at, "GET", `/reader/${encodeURIComponent("太郎")}`)).body,
        ca: await (await fetch(`${at}/ca/sign.pem`)).text(),
        billing: (await call(at, "GET", "/control/billing")).body,
        parts: (await call(at, "GET", "/crl")).body,
      });
      const [, renewed] = (await seen(first.url)).resident.certificates.filter(
        ({ kind }: Certificate) => kind === "sign",
      );
      await call(first.url, "POST", "/linkage", id(renewed));
      const before = await seen(first.url);
      await first.close();

      const second = await startJlis({ directory });
      expect(await seen(second.url)).toEqual(before);
      expect(before.card).toMatchObject({ activations: 1, signTriesLeft: 4 });
      expect(before.billing).toMatchObject({ ocsp: 0, linkage: 1 });
      expect((await call(second.url, "POST", "/linkage", id(renewed))).body.predecessors).toHaveLength(1);
      await second.close();
      for (const file of await readdir(directory, { recursive: true })) {
        if (file.endsWith(".json")) expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
        expect(file).not.toMatch(/\.new$/);
      }
      expect(JSON.parse(await readFile(join(directory, "books.json"), "utf8")).generations).toHaveLength(2);

      await writeFile(join(directory, "books.json"), "{ torn");
      await expect(startJlis({ directory })).rejects.toThrow(/books\.json is unreadable/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("ok/CRLs are dated midnight in Japan: today's revocation is in tomorrow's list", async () => {
    let now = new Date("2026-03-10T03:00:00Z");
    const jlis = await startJlis({ clock: () => now });
    try {
      await call(jlis.url, "POST", "/town-hall/residents", { card: "early" });
      await call(jlis.url, "POST", "/town-hall/residents/early/hold", {});
      const listed = async () =>
        (await call(jlis.url, "GET", "/crl")).body.find(({ kind }: { kind: string }) => kind === "sign");
      const size = async (part: string) =>
        (await (await fetch(`${jlis.url}/crl/${part}`)).arrayBuffer()).byteLength;
      const today = await listed();
      expect(today).toMatchObject({
        thisUpdate: "2026-03-09T15:00:00.000Z",
        nextUpdate: "2026-03-11T03:00:00.000Z",
      });
      const empty = await size(today.part);
      now = new Date("2026-03-10T15:00:01Z");
      const tomorrow = await listed();
      expect(tomorrow.thisUpdate).toBe("2026-03-10T15:00:00.000Z");
      expect(BigInt(tomorrow.number)).toBeGreaterThan(BigInt(today.number));
      expect(await size(tomorrow.part)).toBeGreaterThan(empty);
    } finally {
      await jlis.close();
    }
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
