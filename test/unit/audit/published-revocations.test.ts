import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chainAuditLines } from "../../../activities/audit/sequencer.ts";
import { openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { makeCrl } from "../../../pki/ca/crl.ts";
import { scratchDirectory } from "../ca/openssl.ts";
import { passphrase } from "../ca/passphrase.ts";
import { insert } from "../notification/postgres.ts";
import { revoked } from "./acted.ts";
import { audited, found, openLogForEachTest, person } from "./acts-log.ts";

openLogForEachTest();

describe("published CRLs are compared with the revocations", () => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let authority: Authority;
  beforeAll(async () => {
    scratch = scratchDirectory();
    const directory = join(scratch.path, "ca");
    authority = (await openAuthorities({ directory, passphrase, development: true })).active;
  });
  afterAll(() => scratch?.remove());
  const publish = async (serials: string[]) => {
    const times = { thisUpdate: new Date(), nextUpdate: new Date(Date.now() + 86_400_000) };
    const entries = serials.map((serial) => ({
      serial,
      revokedAt: new Date(),
      reason: "superseded" as const,
    }));
    const crl = await makeCrl(authority, { number: 1n, ...times, entries: [entries] });
    await insert(audited.pool, "crls", {
      generation: "g1",
      crl_shard: 0,
      number: 1,
      der: Buffer.from(crl),
      this_update: times.thisUpdate,
      next_update: times.nextUpdate,
      revocation_mark: "1",
    });
  };

  test("ok/a CRL that lists what is revoked", async () => {
    await revoked(audited, person);
    await chainAuditLines(audited.deps);
    await publish([person.serial]);
    expect(await found()).toBeUndefined();
  });

  test("bad/a published revocation is deleted with its line before that is chained", async () => {
    await publish([person.serial]);
    expect(await found()).toMatchObject({ what: "crl", detail: expect.stringContaining(person.serial) });
  });
});
