import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import type { listConsents } from "../../../client/app/consent-list.ts";
import type { decide } from "../../../client/app/consents.ts";
import type { makeWebCryptoDeviceKey } from "../../../client/app/device-key.ts";
import type { Gateway } from "../../../client/app/gateway.ts";
import type { answerLogin, openLogin } from "../../../client/app/login.ts";
import type { activate, apply, begin, signInOneTap } from "../../../client/app/one-tap.ts";
import type { CertificateVerdict } from "../../../client/relying-party/certificate.ts";
import type { verifyReceipt } from "../../../client/relying-party/receipt.ts";
import type { RelyingPartyClient } from "../../../client/relying-party/relying-party.ts";
import type { verifySet } from "../../../client/relying-party/security-event.ts";
import type {
  SignedTransaction,
  TransactionExpectation,
} from "../../../client/relying-party/signed-transaction.ts";

/** What a recorded bundle exports. Its functions are called as their callers called them then. */
export interface RecordedSdk {
  Gateway: typeof Gateway;
  begin: typeof begin;
  decide: typeof decide;
  signInOneTap: typeof signInOneTap;
  apply: typeof apply;
  activate: typeof activate;
  makeWebCryptoDeviceKey: typeof makeWebCryptoDeviceKey;
  listConsents: typeof listConsents;
  openLogin: typeof openLogin;
  answerLogin: typeof answerLogin;
  RelyingPartyClient: typeof RelyingPartyClient;
  verifyReceipt: typeof verifyReceipt;
  verifySet: typeof verifySet;
  verifySignedTransaction: (
    cms: Uint8Array,
    expected: Omit<TransactionExpectation, "subject">,
  ) => Promise<Omit<SignedTransaction, "subject">>;
  verifyCertificate: (
    certificate: Uint8Array,
    expected: { roots: Uint8Array[]; intermediates: Uint8Array[]; at?: Date },
  ) => Promise<CertificateVerdict>;
}

/** Loads the SDK that was recorded at a commit. */
export async function recordedSdk(commit: string): Promise<RecordedSdk> {
  const bundle = gunzipSync(await readFile(new URL(`./${commit}.mjs.gz`, import.meta.url)));
  const directory = await mkdtemp(join(tmpdir(), "kazasu-sdk-"));
  try {
    const file = join(directory, `${commit}.mjs`);
    await writeFile(file, bundle);
    return (await import(pathToFileURL(file).href)) as RecordedSdk;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
