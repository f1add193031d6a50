import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { selectFile, selectJpki, verify } from "./card-driver.ts";
import { apdu, call } from "./jlis-client.ts";
import { type Certificate, id } from "./jlis-residents.ts";

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
