import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openReaderCard, type ReaderCard } from "../../client/app/card/pcsc.ts";
import { openSignCard } from "../../client/app/card/sign-card.ts";
import { tap } from "../../client/app/card/tap.ts";
import { SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { Certification } from "../../simulators/j-lis/certification.ts";
import { mint } from "../../simulators/j-lis/mint.ts";
import { MyNumberCard } from "../../simulators/my-number-card/card.ts";
import type { CardMemory } from "../../simulators/my-number-card/memory.ts";
import { command, openSc, pin, run, started } from "./opensc.ts";
import { CardProcess, readerNames, startPcscd, untilCard, whyNoReader } from "./pcscd.ts";

/** OpenSC and PC/SC as judges of the virtual card: programs of others, which take it for a real one. */

const why = whyNoReader();
const judged = why === undefined ? describe : describe.skip;

let folder = "";
let endPcscd: () => Promise<void> = async () => {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kazasu-virtual-card-"));
  if (why === undefined) endPcscd = await startPcscd();
});
afterAll(async () => {
  await endPcscd();
  await rm(folder, { recursive: true, force: true });
});

judged(`OpenSC${why === undefined ? "" : `, left out: ${why}`}`, () => {
  let served: Awaited<ReturnType<typeof started>>;
  let townHall = "";
  beforeAll(async () => {
    served = await started("card", "serve", "--person", "hanako", "--data", join(folder, "card"));
    while (served.lines.length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    townHall = /(http:\/\/\S+)\/ca\/sign\.pem/.exec(served.lines.join("\n"))?.[1] ?? "";
    await untilCard(0, true);
  });
  afterAll(async () => {
    await served?.stop();
    await untilCard(0, false);
  });
  const tries = async () =>
    [...(await openSc("pkcs15-tool", "--dump")).out.matchAll(/Tries left\s+: (\d)/g)].map(([, left]) =>
      Number(left),
    );

  test("ok/opensc-tool knows it by name", async () => {
    expect((await openSc("opensc-tool", "--name")).out.trim()).toBe("jpki");
  });

  test("ok/pkcs15-tool lists PINs, keys and certificates, and reads those that are free", async () => {
    const { out } = await openSc("pkcs15-tool", "--dump");
    for (const object of [
      "PIN [User Authentication PIN]",
      "PIN [Digital Signature PIN]",
      "Private RSA Key [User Authentication Key]",
      "Private RSA Key [Digital Signature Key]",
      "X.509 Certificate [User Authentication Certificate]",
      "X.509 Certificate [Digital Signature Certificate]",
    ])
      expect(out).toContain(object);
    const auth = new X509Certificate((await openSc("pkcs15-tool", "--read-certificate", "01")).out);
    const authority = new X509Certificate(await (await fetch(`${townHall}/ca/auth.pem`)).text());
    expect(auth.verify(authority.publicKey)).toBe(true);
    expect((await openSc("pkcs15-tool", "--read-certificate", "02")).ok).toBe(false);
  });

  test.each([
    ["pkcs15-crypt", "02", pin],
    ["pkcs11-tool", "01", "1234"],
  ])("ok/%s signs with key %s, and OpenSSL verifies it", async (program, id, secret) => {
    const [data, signature, key] = ["data", `${program}.sig`, `${program}.pem`].map((name) =>
      join(folder, name),
    );
    await writeFile(data!, randomBytes(300));
    const digest = createHash("sha256")
      .update(await readFile(data!))
      .digest();
    await writeFile(`${data}.sha256`, digest);
    const signed =
      program === "pkcs15-crypt"
        ? await openSc(
            program,
            "--sign",
            "--key",
            id,
            "--pin",
            secret,
            "--sha-256",
            "--pkcs1",
            "--raw",
            "--input",
            `${data}.sha256`,
            "--output",
            signature!,
          )
        : await openSc(
            program,
            "--sign",
            "--id",
            id,
            "--login",
            "--pin",
            secret,
            "--mechanism",
            "SHA256-RSA-PKCS",
            "--input-file",
            data!,
            "--output-file",
            signature!,
          );
    expect([signed.ok, signed.said]).toEqual([true, expect.any(String)]);
    const verified = id === "02" ? ["--verify-pin", "--auth-id", "02", "--pin", pin] : [];
    const { out } = await openSc("pkcs15-tool", "--read-certificate", id, ...verified);
    await writeFile(key!, new X509Certificate(out).publicKey.export({ type: "spki", format: "pem" }));
    const judge = ["dgst", "-sha256", "-verify", key!, "-signature", signature!, data!];
    expect((await run("openssl", judge, { env: process.env })).stdout).toContain("Verified OK");
  });

  test("fail/a wrong PIN costs one try, the fifth locks, and only the town hall resets them", async () => {
    const wrong = () =>
      openSc("pkcs15-tool", "--verify-pin", "--auth-id", "02", "--pin", "WRONG123").then(({ ok }) => ok);
    expect(await tries()).toEqual([3, 5]);
    expect(await wrong()).toBe(false);
    expect(await tries()).toEqual([3, 4]);
    for (const _ of [4, 3, 2, 1]) expect(await wrong()).toBe(false);
    const right = await openSc("pkcs15-tool", "--verify-pin", "--auth-id", "02", "--pin", pin);
    expect([right.ok, right.said]).toEqual([false, expect.stringMatching(/blocked|locked/i)]);
    await new SimulatedCard(townHall, "hanako").atTownHall("unlock");
    expect(await tries()).toEqual([3, 5]);
  });
});

const optionalPackage: string = "smartcard";
const hasPcsc = await import(optionalPackage).then(Boolean, () => false);
const driven = why === undefined && hasPcsc ? describe : describe.skip;
driven(`PC/SC${hasPcsc ? "" : ", left out: the package smartcard was not built"}`, () => {
  let template: CardMemory;
  let reader: CardProcess;
  const held: ReaderCard[] = [];
  beforeAll(async () => {
    template = (await mint({ variant: "good", certification: await Certification.make() })).memory;
    reader = new CardProcess();
  });
  afterAll(() => reader?.close());
  afterEach(async () => {
    for (const card of held.splice(0)) card.close();
    await reader.remove();
  });
  const inserted = async (): Promise<CardProcess> => {
    await reader.insert(template);
    return reader;
  };
  async function opened(): Promise<ReaderCard> {
    const card = await openReaderCard({ reader: readerNames[0] });
    held.push(card);
    return card;
  }

  test("ok/the driver sends the same bytes through pcscd as to the card itself, and gets the same answers", async () => {
    const digest = createHash("sha256").update("a transfer").digest();
    const direct = new MyNumberCard(structuredClone(template));
    const asked: string[] = [];
    const near = await tap({
      pin,
      transmit: async (apdu) => {
        asked.push(Buffer.from(apdu).toString("hex"));
        return direct.transmit(apdu);
      },
    });
    const signedNear = Buffer.from(await near.sign(digest));
    const { sent } = await inserted();
    const { transmit, reader: name } = await opened();
    expect(name).toContain(readerNames[0]);
    const far = await tap({ transmit, pin });
    const signedFar = Buffer.from(await far.sign(digest));
    expect(sent).toEqual(asked);
    expect([Buffer.from(far.certificate), signedFar]).toEqual([Buffer.from(near.certificate), signedNear]);
  });

  test("ok/kazasu tap enrols through the reader, and the exchanges are shown without the PIN", async () => {
    const stack = await started("up", "--json", "--data", join(folder, "stack"));
    const { gateway, jlis } = JSON.parse(stack.first) as { gateway: string; jlis: string };
    const served = await started("card", "serve", "--cards", jlis, "--person", "taro");
    try {
      await untilCard(0, true);
      const out = join(folder, "enrolled");
      const options = ["--gateway", gateway, "--pin", pin, "--out", out, "--trace", "--json"];
      const { stdout, stderr } = await run(process.execPath, [command, "tap", ...options], {
        env: process.env,
      });
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, code: "ISSUED", taps: 1 });
      expect(stderr).toContain("00 20 00 80 **  verify a PIN → 9000 done");
      expect(stderr).not.toContain(Buffer.from(pin).toString("hex").toUpperCase().slice(0, 4));
      const chain = await run(
        "openssl",
        ["verify", "-CAfile", join(out, "chain.pem"), join(out, "certificate.pem")],
        { env: process.env },
      );
      expect(chain.stdout).toContain("OK");
    } finally {
      await served.stop();
      await stack.stop();
    }
  });

  test("fail/the card is removed between the PIN and the signature, and another inserted: nothing is signed", async () => {
    await inserted();
    const { transmit } = await opened();
    const driver = await openSignCard(transmit);
    await driver.verifyPin(pin);
    await reader.remove();
    await inserted();
    await expect(driver.sign(randomBytes(32))).rejects.toMatchObject({ code: "CARD_LOST" });
    expect(await reader.state()).toEqual({ signatures: 0, signTriesLeft: 5 });
  });

  test("fail/a second program while one holds the card: CARD_BUSY, and no try is spent", async () => {
    await inserted();
    const first = await opened();
    await expect(opened()).rejects.toMatchObject({ code: "CARD_BUSY" });
    await tap({ transmit: first.transmit, pin });
    first.close();
    await tap({ transmit: (await opened()).transmit, pin });
    expect(await reader.state()).toMatchObject({ signTriesLeft: 5 });
  });

  test("fail/no card in the reader, and no such reader", async () => {
    await expect(openReaderCard({ reader: readerNames[0] })).rejects.toMatchObject({ code: "NOT_A_CARD" });
    await expect(openReaderCard({ reader: "Another" })).rejects.toMatchObject({ code: "READER_UNAVAILABLE" });
  });

  test.each([
    ["a command cut short", "00a4040c0ad392", "6700"],
    ["an Lc of nothing", "00a4040c00", "6a82"],
    ["chaining", "10a4040c0ad392f000260100000001", "6884"],
    ["64 kB of data", `00d6000000ffff${"5a".repeat(65_000)}`, "6700"],
    ["an unknown instruction", "00fe0000", "6d00"],
  ])("fail/%s: a status word, and the card goes on", async (_what, apdu, status) => {
    await inserted();
    const { transmit } = await opened();
    const answer = await transmit(new Uint8Array(Buffer.from(apdu, "hex"))).then(
      (response) => Buffer.from(response).toString("hex"),
      // The reader itself refuses what it cannot carry.
      () => status,
    );
    expect(answer).toBe(status);
    await (await openSignCard(transmit)).verifyPin(pin);
    expect(await reader.state()).toMatchObject({ signTriesLeft: 5 });
  });
});
