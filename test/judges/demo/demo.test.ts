import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Exhibit, Exhibits } from "../transactions/exhibits.ts";
import { askProgram } from "../transactions/programs.ts";

/** What `npm run demo` writes, judged by what its tutorial has a reader run, down to the root's CRL. */

const run = promisify(execFile);
const command = fileURLToPath(new URL("../../../bin/kazasu.mjs", import.meta.url));
const webpki = process.env["KAZASU_WEBPKI_JUDGE"];
const phones = ["phone-a", "phone-b"] as const;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-judges-demo-"));
  const env = { ...process.env, CI: "true" };
  await run(process.execPath, [command, "demo", "--out", directory], { env });
}, 600_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

const openssl = (phone: string): Promise<string> => {
  const crls = ["-CRLfile", "crl.pem", "-CRLfile", "root-crl.pem"];
  const args = ["verify", "-x509_strict", "-crl_check_all", "-CAfile", "chain.pem", ...crls, `${phone}.pem`];
  return run("openssl", args, { cwd: directory }).then(
    ({ stdout }) => stdout.trim(),
    ({ stderr }: { stderr: string }) => stderr,
  );
};

describe("openssl verify -crl_check_all", () => {
  test("ok/phone B", async () => expect(await openssl("phone-b")).toBe("phone-b.pem: OK"));

  test("fail/phone A: revoked", async () =>
    expect(await openssl("phone-a")).toMatch(/error 23 at 0 depth lookup: certificate revoked/));
});

const judged = webpki ? test : test.skip;

describe("rustls-webpki, depth Chain, unknown status denied", () => {
  judged("ok/phone B, and fail/phone A: revoked", async () => {
    await writeExhibits();
    expect(await askProgram(webpki!, [], directory)).toEqual([
      { name: "phone-a", accepted: false, word: "CertRevoked" },
      { name: "phone-b", accepted: true, word: "a good chain" },
    ]);
  });

  judged("fail/without the root's CRL: the issuing CA's status is unknown", async () => {
    await writeExhibits(["crl.pem"]);
    expect(await askProgram(webpki!, [], directory)).toContainEqual({
      name: "phone-b",
      accepted: false,
      word: "UnknownRevocationStatus",
    });
  });
});

async function writeExhibits(crlFiles = ["crl.pem", "root-crl.pem"]): Promise<void> {
  const [issuing, root] = await dersOf("chain.pem");
  const crls = (await Promise.all(crlFiles.map(dersOf))).flat();
  const now = Math.floor(Date.now() / 1000);
  const shared = { issuing: issuing!, crls, ocsp: [], stampedAt: now, judgedAt: now };
  const cases = await Promise.all(
    phones.map(async (name): Promise<Exhibit> => {
      const [signer] = await dersOf(`${name}.pem`);
      return { ...shared, name, signer: signer!, cms: "", token: "", signature: "" };
    }),
  );
  const exhibits: Exhibits = { root: root!, timeStamper: "", cases };
  await writeFile(join(directory, "cases.json"), JSON.stringify(exhibits));
}

/** Writes each object of a PEM file as DER beside it, and returns the names. */
async function dersOf(file: string): Promise<string[]> {
  const blocks = (await readFile(join(directory, file), "utf8")).split(/(?<=-----END [^-]*-----\n)/);
  return Promise.all(
    blocks.filter(Boolean).map(async (block, index) => {
      const name = `${file}-${index}.der`;
      await writeFile(join(directory, name), Buffer.from(base64Of(block), "base64"));
      return name;
    }),
  );
}

const base64Of = (block: string): string => block.replaceAll(/-----[^-]*-----|\s/g, "");
