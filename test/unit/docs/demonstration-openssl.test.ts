import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import { makeCrl } from "../../../pki/ca/crl.ts";
import { crlUrl } from "../../../pki/ca/status-urls.ts";
import { crlFile, rootCrlFile } from "../../../sandbox/demo/status.ts";
import { issue, urls } from "../ca/issuing.ts";
import { opensslAsync, scratchDirectory, writePem } from "../ca/openssl.ts";
import { passphrase } from "../ca/passphrase.ts";

/** The OpenSSL commands of the pages, played on what a development CA makes, under the names the demonstration gives it. */

const commandsOf = (page: string): { line: string; said: string }[] => {
  const text = readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^openssl (verify [^#\n]+?) *# *(.*)$/gm)].map(([, line = "", said = ""]) => ({
    line,
    said,
  }));
};

let scratch: ReturnType<typeof scratchDirectory>;

beforeAll(async () => {
  scratch = scratchDirectory();
  const { path } = scratch;
  const { active } = await openAuthorities({
    directory: join(path, "ca"),
    passphrase,
    development: true,
    urls,
  });
  const [phoneA, phoneB] = [await issue(active), await issue(active)];
  const now = new Date();
  const crls = [...new Set([phoneA.crlShard, phoneB.crlShard])].map((shard) =>
    makeCrl(active, {
      number: 1n,
      thisUpdate: now,
      nextUpdate: new Date(now.getTime() + 3_600_000),
      entries: shard === phoneA.crlShard ? [[{ ...phoneA, revokedAt: now, reason: "superseded" }]] : [],
      distributionPoint: crlUrl(urls.crlBase, active.generation, shard),
    }),
  );
  writePem(path, "phone-a.pem", "CERTIFICATE", phoneA.certificate);
  writePem(path, "phone-b.pem", "CERTIFICATE", phoneB.certificate);
  writePem(path, "chain.pem", "CERTIFICATE", ...active.chain);
  writePem(path, crlFile, "X509 CRL", ...(await Promise.all(crls)));
  writePem(path, rootCrlFile, "X509 CRL", active.rootCrl!.der);
});
afterAll(() => scratch.remove());

test("ok/ both pages have the same commands, over the whole path", () => {
  const [english, japanese] = [
    commandsOf("docs/tutorial/demonstration.md"),
    commandsOf("docs/tutorial/demonstration.ja.md"),
  ];
  expect(english).toEqual(japanese);
  expect(english.map(({ said }) => said)).toEqual(["phone-b.pem: OK", "error 23: certificate revoked"]);
  for (const { line } of english) expect(line).toContain("-crl_check_all");
});

describe.each(commandsOf("docs/tutorial/demonstration.md"))("openssl $line", ({ line, said }) => {
  test("ok/ prints what the page says", async () => {
    const args = line.split(" ").map((word) => (word.endsWith(".pem") ? join(scratch.path, word) : word));
    const { code, output } = await opensslAsync(args);
    for (const part of said.split(": ")) expect(output).toContain(part);
    expect(code).toBe(said.endsWith("OK") ? 0 : 2);
  });
});
