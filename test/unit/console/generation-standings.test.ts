import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { generationStandings } from "../../../workers/generation-standings.ts";
import { ensureAuthority } from "../ca/development-authority.ts";
import { scratchDirectory } from "../ca/openssl.ts";
import { passphrase } from "../ca/passphrase.ts";

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const endOf = (der: Uint8Array) => new Date(new X509Certificate(der).validTo).toISOString();

test("ok/each generation with the ends of its certificates; none where there was no ceremony", async () => {
  const directory = join(scratch.path, "ca");
  expect(await generationStandings(directory)).toEqual([]);
  const authority = await ensureAuthority({ directory, passphrase, name: "Test CA" });
  expect(await generationStandings(directory)).toEqual([
    {
      id: "g1",
      keyStore: "software",
      issuesFrom: expect.any(String),
      rootUntil: endOf(authority.root),
      issuingUntil: endOf(authority.issuing),
      ocspSignerUntil: endOf(authority.ocspSigner),
    },
  ]);
});
