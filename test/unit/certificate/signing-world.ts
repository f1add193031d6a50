import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import { createSigningActivities } from "../../../activities/signing/activities.ts";
import { type IssuanceJournal, openJournal } from "../../../activities/signing/journal.ts";
import { type Authorities, openAuthorities } from "../../../pki/ca/authorities.ts";
import { passphrase } from "../ca/passphrase.ts";
import { sealer } from "../notification/people.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

export let registry: TestRegistry;
export let authorities: Authorities;
export let journal: IssuanceJournal;
export let journalFolder: string;
let folder: string;
export const urls = {
  crlBase: "http://crl.example",
  ocsp: "http://ocsp.example/",
  caIssuersBase: "http://crl.example",
};

/** For the tests of one file: a registry and a CA that signs; for each test, a journal of its own. */
export function playSigning(): void {
  beforeAll(async () => {
    registry = await startTestRegistry();
    folder = await mkdtemp(join(tmpdir(), "kazasu-signing-"));
    const directory = join(folder, "authority");
    authorities = await openAuthorities({ directory, passphrase, development: true });
  });
  afterAll(async () => {
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    journalFolder = join(folder, randomUUID());
    await openJournalAgain();
  });
  afterEach(() => journal.close());
}

/** Opens the journal of {@link journalFolder}, which was closed. */
export async function openJournalAgain(): Promise<void> {
  journal = await openJournal(journalFolder, () => new Date());
}

export const signing = (more: Partial<Parameters<typeof createSigningActivities>[0]> = {}) =>
  createSigningActivities({
    pool: registry.pool,
    sealer,
    authorities: () => authorities,
    urls,
    journal,
    clock: () => new Date(),
    announceWithinMs: 86_400_000,
    ...more,
  });
