import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Authority } from "../../pki/ca/authority.ts";
import { newSerial } from "../../pki/ca/serial.ts";
import { rounded } from "../measure.ts";
import { startRegistry } from "../registry.ts";
import { addCertificates } from "./certificates.ts";
import { atLeast, type Findings } from "./findings.ts";
import { makeGenerations } from "./generations.ts";
import { askOnce, load } from "./load.ts";
import { newNonce, ocspRequest, overHttp, statusIn } from "./ocsp-requests.ts";
import { makeRsaSigner, startOpensslResponder } from "./openssl-responder.ts";
import { Rounds } from "./rounds.ts";

export interface OcspOptions {
  certificates: number;
  /** How long each variant runs in a round. */
  ms: number;
  rounds: number;
  say: (what: string) => void;
}

/** Concurrent connections. */
const concurrency = 16;
/** The share of revoked certificates. */
const revokedShare = 0.1;
const program = fileURLToPath(new URL("./our-responder.js", import.meta.url));

/** OCSP responses over HTTP compared with `openssl ocsp`, with the same serials, signer key and load. */
export async function benchOcsp(directory: string, options: OcspOptions): Promise<Findings> {
  const { certificates, say } = options;
  say(`${certificates} certificates, a tenth of them revoked`);
  const serials = Array.from({ length: certificates }, newSerial);
  const revoked = serials.slice(0, certificates * revokedShare);
  const good = serials.slice(certificates * revokedShare);
  const folder = join(directory, "ocsp");
  await mkdir(folder);
  const ca = { directory: join(folder, "ca"), passphrase: "bench" };
  const { active } = await makeGenerations(ca, ["P-256"]);
  const endings: (() => unknown)[] = [];
  try {
    const registry = await startRegistry(directory);
    endings.push(() => registry.close());
    await addCertificates(registry.pool, { good, revoked, crlShards: active.crlShards });
    say("our responder pre-signs");
    const child = fork(program, [registry.url, ca.directory, ca.passphrase], { execArgv: [] });
    endings.push(() => ended(child));
    const ours = await portOf(child);
    const signer = {
      certificate: active.ocspSigner,
      keyFile: join(ca.directory, active.generation, `${active.ocspSignerKeyId}.key.pem`),
      passphrase: ca.passphrase,
    };
    const openssl = await startOpensslResponder(join(folder, "openssl"), active, signer, { good, revoked });
    endings.push(() => openssl.close());
    const rsaSigner = await makeRsaSigner(join(folder, "rsa"), active);
    const rsa = await startOpensslResponder(join(folder, "openssl-rsa"), active, rsaSigner, {
      good,
      revoked,
    });
    endings.push(() => rsa.close());
    const ports = { ours, openssl: openssl.port, rsa: rsa.port };
    await checkSame(active, Object.values(ports), { good, revoked });
    return await measure(active, serials, ports, options);
  } finally {
    for (const end of endings.toReversed()) await end();
  }
}

async function measure(
  authority: Authority,
  serials: readonly string[],
  ports: { ours: number; openssl: number; rsa: number },
  { ms, rounds, say }: OcspOptions,
): Promise<Findings> {
  const plain = serials.map((serial) => ocspRequest(authority, serial));
  const withNonces = serials.map((serial) => ocspRequest(authority, serial, newNonce()));
  /** Prepared in advance, because the load generator shares the machine with the server. */
  const inTurn = (method: "GET" | "POST", keepAlive: boolean, requests: readonly Buffer[] = plain) => {
    const bytes = requests.map((der) => overHttp(method, der, keepAlive));
    let turn = 0;
    return () => bytes[turn++ % bytes.length] ?? Buffer.alloc(0);
  };
  const variants = [
    { name: "ours, GET", port: ports.ours, keepAlive: true, next: inTurn("GET", true) },
    { name: "ours, POST", port: ports.ours, keepAlive: true, next: inTurn("POST", true) },
    { name: "ours, GET, a connection each", port: ports.ours, keepAlive: false, next: inTurn("GET", false) },
    {
      name: "ours, POST, a connection each",
      port: ports.ours,
      keepAlive: false,
      next: inTurn("POST", false),
    },
    { name: "ours, with a nonce", port: ports.ours, keepAlive: true, next: inTurn("POST", true, withNonces) },
    {
      name: "ours, with a nonce, a connection each",
      port: ports.ours,
      keepAlive: false,
      next: inTurn("POST", false, withNonces),
    },
    { name: "openssl ocsp, GET", port: ports.openssl, keepAlive: false, next: inTurn("GET", false) },
    { name: "openssl ocsp, POST", port: ports.openssl, keepAlive: false, next: inTurn("POST", false) },
    {
      name: "openssl ocsp, with a nonce",
      port: ports.openssl,
      keepAlive: false,
      next: inTurn("POST", false, withNonces),
    },
    {
      name: "openssl ocsp with RSA-2048, POST",
      port: ports.rsa,
      keepAlive: false,
      next: inTurn("POST", false),
    },
  ] as const;
  const measured = new Rounds();
  say("OCSP, warming up");
  for (const { name: _, ...how } of variants) await load({ ...how, concurrency }, ms / 2);
  for (let round = 0; round < rounds; round += 1) {
    say(`OCSP, round ${round + 1} of ${rounds}`);
    for (const { name, ...how } of variants)
      measured.add(`OCSP: ${name}`, concurrency, await load({ ...how, concurrency }, ms));
  }
  const ratio = (name: string, other: string) =>
    rounded(measured.ratio(`OCSP: ${name}`, `OCSP: openssl ocsp${other}`), 2);
  const [get, post] = [ratio("ours, GET", ", GET"), ratio("ours, POST", ", POST")];
  return {
    results: measured.results(),
    ratios: {
      "OCSP answers to openssl ocsp, GET": get,
      "OCSP answers to openssl ocsp, POST": post,
      "OCSP answers to openssl ocsp, GET, a connection each": ratio("ours, GET, a connection each", ", GET"),
      "OCSP answers to openssl ocsp, POST, a connection each": ratio(
        "ours, POST, a connection each",
        ", POST",
      ),
      "OCSP answers to openssl ocsp, with a nonce": ratio("ours, with a nonce", ", with a nonce"),
      "OCSP answers to openssl ocsp, with a nonce, a connection each": ratio(
        "ours, with a nonce, a connection each",
        ", with a nonce",
      ),
      "OCSP answers to openssl ocsp with RSA-2048, POST": ratio("ours, POST", " with RSA-2048, POST"),
    },
    aims: [
      atLeast("OCSP answers to openssl ocsp, GET", 10, get),
      atLeast("OCSP answers to openssl ocsp, POST", 10, post),
    ],
    missing: ["Another OCSP responder: none is available without building a CA around it."],
  };
}

/** Checks that all responders give the same answers, because fast wrong answers do not count. */
async function checkSame(
  authority: Authority,
  ports: readonly number[],
  { good, revoked }: { good: readonly string[]; revoked: readonly string[] },
): Promise<void> {
  const asked = [
    ...good.slice(0, 20).map((serial) => [serial, "good"] as const),
    ...revoked.slice(0, 20).map((serial) => [serial, "revoked"] as const),
    [newSerial(), "unknown"] as const,
  ];
  for (const port of ports) {
    for (const [serial, status] of asked) {
      const said = statusIn(await askOnce(port, overHttp("POST", ocspRequest(authority, serial), false)));
      if (said !== status) throw new Error(`A responder says ${said} of a certificate that is ${status}.`);
    }
  }
}

async function portOf(child: ChildProcess): Promise<number> {
  const [port] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => {
      throw new Error("Our responder ended before it was ready; check its output.");
    }),
  ]);
  return Number(port);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, "exit");
  child.disconnect();
  await exit;
}
