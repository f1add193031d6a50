import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pino from "pino";
import { type Authorities, openAuthorities } from "../../pki/ca/authorities.ts";
import { type StatusListeners, startStatusListeners } from "../../status/status-listeners.ts";
import { issue } from "../unit/ca/issuing.ts";
import { scratchDirectory, writePem } from "../unit/ca/openssl.ts";
import { MemoryRegistry } from "../unit/status/memory-registry.ts";

/** GnuTLS, which shares no code with OpenSSL or with us, asks for the status of our certificates. */

let scratch: ReturnType<typeof scratchDirectory>;
let authorities: Authorities;
let listeners: StatusListeners;
let root: string;
let issuing: string;

/** A certificate as a file, and its CRL's place. */
interface Asked {
  leaf: string;
  /** Leaf, issuing CA, root: one file. */
  chain: string;
  crl: string;
}
const asked = new Map<"good" | "revoked" | "unknown", Asked>();

const gnutls = (
  program: "ocsptool" | "certtool",
  args: string[],
): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    execFile(program, args, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") {
        reject(new Error(`${program} is not here: install gnutls-bin.`, { cause: error }));
      } else resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });

beforeAll(async () => {
  scratch = scratchDirectory();
  const directory = join(scratch.path, "ca");
  authorities = await openAuthorities({ directory, passphrase: "x", development: true });
  const { active } = authorities;
  root = writePem(scratch.path, "root.pem", "CERTIFICATE", active.root);
  issuing = writePem(scratch.path, "issuing.pem", "CERTIFICATE", active.issuing);

  const registry = new MemoryRegistry();
  const shards = new Map<string, number>();
  for (const name of ["good", "revoked", "unknown"] as const) {
    const { serial, certificate, crlShard } = await issue(active);
    if (name !== "unknown") registry.issued(serial, { shard: crlShard });
    if (name === "revoked") registry.revoke(serial, "keyCompromise");
    shards.set(name, crlShard);
    asked.set(name, {
      leaf: writePem(scratch.path, `${name}.pem`, "CERTIFICATE", certificate),
      chain: writePem(
        scratch.path,
        `${name}-chain.pem`,
        "CERTIFICATE",
        certificate,
        active.issuing,
        active.root,
      ),
      crl: "",
    });
  }
  listeners = await startStatusListeners({
    authorities: () => authorities,
    registry,
    host: "127.0.0.1",
    crlPort: 0,
    ocspPort: 0,
    crlBase: "http://crl.example",
    log: pino({ level: "silent" }),
  });
  for (const [name, one] of asked) {
    const response = await fetch(`${listeners.crl}/${active.generation}/${shards.get(name)}.crl`);
    one.crl = writePem(scratch.path, `${name}.crl`, "X509 CRL", new Uint8Array(await response.arrayBuffer()));
  }
});
afterAll(async () => {
  await listeners?.close();
  scratch.remove();
});

describe("GnuTLS agrees", () => {
  test.each([
    ["good", "good"],
    ["revoked", "revoked"],
    ["unknown", "unknown"],
  ] as const)("ok/ over OCSP that a certificate is %s, with a nonce and without", async (name, status) => {
    for (const nonce of [["--nonce"], []]) {
      const { output } = await gnutls("ocsptool", [
        `--ask=${listeners.ocsp}`,
        ...nonce,
        "--load-cert",
        asked.get(name)!.leaf,
        "--load-issuer",
        issuing,
        "--load-trust",
        issuing,
      ]);
      expect(output).toMatch(/Verifying OCSP Response: Success/);
      expect(output).toMatch(new RegExp(`Certificate Status: ${status}`));
      if (status === "revoked") expect(output).toMatch(/Revocation time:/);
    }
  });

  test("fail/ over OCSP with another certificate in place of the signer's", async () => {
    const { output } = await gnutls("ocsptool", [
      `--ask=${listeners.ocsp}`,
      "--load-cert",
      asked.get("good")!.leaf,
      "--load-issuer",
      issuing,
      "--load-signer",
      root,
    ]);
    expect(output).toMatch(/Verifying OCSP Response: Failure/);
  });

  test("ok/ that the CRL is the issuing CA's and in its time", async () => {
    const { output, code } = await gnutls("certtool", [
      "--verify-crl",
      "--load-ca-certificate",
      issuing,
      "--infile",
      asked.get("good")!.crl,
    ]);
    expect(output).toContain("Verified");
    expect(code).toBe(0);
  });

  test("ok/ by the CRL, that one certificate is revoked and another is not", async () => {
    const verify = async (name: "good" | "revoked") => {
      const { chain, crl } = asked.get(name)!;
      return gnutls("certtool", [
        "--verify",
        "--load-ca-certificate",
        root,
        "--load-crl",
        crl,
        "--infile",
        chain,
      ]);
    };
    const good = await verify("good");
    expect(good.output).toContain("Chain verification output: Verified. The certificate is trusted.");
    const revoked = await verify("revoked");
    expect(revoked.output).toContain("revoked");
    expect(revoked.code).not.toBe(0);
  });
});
