import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, jest } from "@jest/globals";
import type { Authority } from "../../../pki/ca/authority.ts";
import { issue } from "../ca/issuing.ts";
import { opensslAsync, writePem } from "../ca/openssl.ts";
import { active, listeners, old, registry, scratch, startListenersForEachTest } from "./listening.ts";

/** A certificate of each generation, as openssl wants them. */
export let chains: Record<"g1" | "g2", { root: string; issuing: string; leaf: string; serial: string }>;

export function askOcspListeners(): void {
  startListenersForEachTest({ crlFreshWithinMs: 60_000 }, () => {
    for (const generation of ["g1", "g2"] as const)
      registry.issued(chains[generation].serial, { generation });
  });
  beforeAll(async () => {
    chains = { g1: await chainOf(old), g2: await chainOf(active) };
  });
  afterEach(() => void jest.restoreAllMocks());
}

const chainOf = async (authority: Authority) => {
  const { generation } = authority;
  const { serial, certificate } = await issue(authority);
  return {
    root: writePem(scratch.path, `${generation}-root.pem`, "CERTIFICATE", authority.root),
    issuing: writePem(scratch.path, `${generation}-issuing.pem`, "CERTIFICATE", authority.issuing),
    leaf: writePem(scratch.path, `${generation}-leaf.pem`, "CERTIFICATE", certificate),
    serial,
  };
};

/** Asks as `openssl ocsp`, which verifies signature, delegation and times, with a nonce unless `more` says otherwise. */
export const ask = (more: string[] = [], { root, issuing, leaf } = chains.g2) =>
  opensslAsync(
    ["ocsp", "-url", listeners.ocsp, "-CAfile", root, "-verify_other", issuing, "-issuer", issuing].concat(
      more,
      ["-cert", leaf],
    ),
  );
export const requestOf = (more: string[] = [], { issuing, leaf } = chains.g2): Buffer =>
  execFileSync("openssl", ["ocsp", "-issuer", issuing, ...more, "-cert", leaf, "-reqout", "-"]);
/** About a serial, hexadecimal, of the generation that issues; without a nonce. */
export const requestOfSerial = (serial: string): Buffer =>
  execFileSync(
    "openssl",
    `ocsp -issuer ${chains.g2.issuing} -serial 0x${serial} -no_nonce -reqout -`.split(" "),
  );
export const post = (body: Uint8Array, type = "application/ocsp-request") =>
  fetch(listeners.ocsp, { method: "POST", headers: { "content-type": type }, body: Buffer.from(body) });
export const get = (request: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${listeners.ocsp}/${encodeURIComponent(Buffer.from(request).toString("base64"))}`, { headers });
export const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());
/** What `openssl ocsp` reads in a response. */
export const textOf = async (response: Response): Promise<string> => {
  const file = join(scratch.path, "response.der");
  writeFileSync(file, await bytes(response));
  return (await opensslAsync(["ocsp", "-respin", file, "-noverify", "-resp_text"])).output;
};
export const statusOf = async (response: Response): Promise<string> => {
  const text = await textOf(response);
  return /OCSP Response Status: (\w+)|Responder Error: (\w+)/.exec(text)?.slice(1).find(Boolean) ?? text;
};
export const certStatusOf = async (response: Response): Promise<string> =>
  /Cert Status: (\w+)/.exec(await textOf(response))?.[1] ?? "none";
/** Until a condition holds; it fails with the suite's own limit when it never does. */
export const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
};
export const health = async () => {
  const response = await fetch(`${listeners.ocsp}/health`);
  return { code: response.status, body: (await response.json()) as { status: string; checks: unknown[] } };
};
