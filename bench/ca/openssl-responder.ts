import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Authority } from "../../pki/ca/authority.ts";
import { makeCaCertificate } from "../../pki/ca/ca-certificate.ts";
import { distinguishedName } from "../../pki/ca/name.ts";
import { lastSecondOfYears, wholeSeconds } from "../../pki/ca/time.ts";
import { openSoftwareKeyStore } from "../../pki/key-store/software.ts";
import { pem } from "../../pki/pem.ts";
import { askOnce } from "./load.ts";
import { ocspRequest, overHttp } from "./ocsp-requests.ts";

/** Its index (`openssl ca`'s database): status, end, revocation, serial, file name, subject. */
export async function* indexLines(good: Iterable<string>, revoked: Iterable<string>): AsyncGenerator<string> {
  for (const serial of good) yield `V\t310101000000Z\t\t${serial.toUpperCase()}\tunknown\t/CN=bench\n`;
  for (const serial of revoked) {
    yield `R\t310101000000Z\t260101000000Z,superseded\t${serial.toUpperCase()}\tunknown\t/CN=bench\n`;
  }
}

/** The signer of its responses: certificate (DER), and the file of its encrypted key. */
export interface OpensslSigner {
  certificate: Uint8Array;
  keyFile: string;
  passphrase: string;
}

/** `openssl ocsp` as a responder with the same serials, its files in its own folder. */
export async function startOpensslResponder(
  directory: string,
  authority: Authority,
  signer: OpensslSigner,
  serials: { good: readonly string[]; revoked: readonly string[] },
): Promise<{ port: number; close(): Promise<void> }> {
  await mkdir(directory);
  const file = (name: string) => join(directory, name);
  await writeFile(file("index.txt"), indexLines(serials.good, serials.revoked));
  await writeFile(file("index.txt.attr"), "unique_subject = no\n");
  await writeFile(file("issuing.pem"), pem("CERTIFICATE", authority.issuing));
  await writeFile(file("signer.pem"), pem("CERTIFICATE", signer.certificate));
  const port = await freePort();
  const what = ["-index", file("index.txt"), "-CA", file("issuing.pem"), "-ndays", "1", "-ignore_err"];
  const key = ["-rsigner", file("signer.pem"), "-rkey", signer.keyFile, "-passin", "env:BENCH_PASSPHRASE"];
  const child = spawn("openssl", ["ocsp", "-port", String(port), ...what, ...key], {
    stdio: "ignore",
    env: { ...process.env, BENCH_PASSPHRASE: signer.passphrase },
  });
  const exit = once(child, "exit");
  const [known = ""] = serials.good;
  await untilAnswering(port, child, overHttp("POST", ocspRequest(authority, known), false));
  return {
    port,
    async close() {
      child.kill("SIGKILL"); // it has no state to lose
      await exit;
    },
  };
}

/** Another OCSP signer below the same issuing CA, with RSA-2048 like most CAs. */
export async function makeRsaSigner(directory: string, authority: Authority): Promise<OpensslSigner> {
  const passphrase = "bench";
  const keyStore = await openSoftwareKeyStore(directory, passphrase);
  const now = wholeSeconds(new Date());
  const certificate = await makeCaCertificate({
    role: "ocsp-signer",
    name: distinguishedName([["commonName", "RSA signer"]]),
    publicKey: await keyStore.generate("rsa", "RSA-2048"),
    validity: { notBefore: now, notAfter: lastSecondOfYears(now, 1) },
    signer: { keyStore: authority.keyStore, keyId: authority.issuingKeyId },
    issuer: authority.issuing,
  });
  return { certificate, keyFile: join(directory, "rsa.key.pem"), passphrase };
}

/** A port that was just free: `openssl ocsp` cannot choose one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("This machine gives no free port.");
  return address.port;
}

/** Retries until there is an answer. A connection closed without a request would keep `openssl ocsp` spinning. */
async function untilAnswering(port: number, child: ChildProcess, request: Buffer): Promise<void> {
  while (child.exitCode === null) {
    try {
      await askOnce(port, request);
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`openssl ocsp ended with ${child.exitCode} before it answered; try its command by hand.`);
}
