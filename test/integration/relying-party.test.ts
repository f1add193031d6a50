import { describe, expect, test } from "@jest/globals";
import { Gateway } from "../../client/app/gateway.ts";
import { revokeOwnCertificate } from "../../client/app/revocation.ts";
import { type StatusMethod, verifyCertificate } from "../../client/relying-party/certificate.ts";
import { ReceiptInvalid, verifyReceipt } from "../../client/relying-party/receipt.ts";
import { Phone } from "./phone.ts";
import { eventually, Resident } from "./resident.ts";
import { stack } from "./stack.ts";

const gateway = new Gateway(stack.gateway);

async function enrolled() {
  const phone = await Phone.new();
  const { certificate, chain, enrolmentId } = await phone.enrolled({
    agree: ["terms", "register-refresh", "disclosure"],
  });
  const expected = { roots: chain.slice(-1), intermediates: chain.slice(0, -1) };
  return { certificate, expected, resident: await Resident.of(phone, enrolmentId) };
}

describe("a certificate, as a party verifies it", () => {
  test("ok/good by CRL and by OCSP, and revoked by both, as of the second of the person's request", async () => {
    const { certificate, expected, resident } = await enrolled();
    const ask = (status: StatusMethod) => verifyCertificate(certificate, { ...expected, status });
    for (const status of ["crl", "ocsp"] as const) expect(await ask(status)).toEqual({ status: "good" });
    const before = Date.now();
    await revokeOwnCertificate(gateway, resident.enrolment, "keyCompromise");
    const after = Date.now();
    for (const status of ["ocsp", "crl"] as const) {
      const verdict = await eventually(async () => {
        const found = await ask(status);
        return found.status === "revoked" ? found : undefined;
      });
      // Whole seconds (RFC 5280 §4.1.2.5).
      expect(verdict.since.getTime()).toBeGreaterThan(before - 1_000);
      expect(verdict.since.getTime()).toBeLessThanOrEqual(after);
    }
  });

  test("fail/another root, another time, garbage: untrusted, each with its reason", async () => {
    const { certificate, expected } = await enrolled();
    const [issuing] = expected.intermediates;
    for (const [der, rules] of [
      [certificate, { ...expected, roots: [] }],
      [certificate, { ...expected, intermediates: [] }],
      [certificate, { ...expected, at: new Date("2090-01-01") }],
      [issuing!.subarray(10), expected],
    ] as const)
      expect(await verifyCertificate(der, rules)).toMatchObject({
        status: "untrusted",
        why: expect.any(String),
      });
  });

  test("fail/no CRL, another's, garbage, or one whose time is over: unknown, never good", async () => {
    const { certificate, expected } = await enrolled();
    const real = await fetchedCrl(certificate, expected);
    const changed = Buffer.from(real);
    changed[changed.length - 1]! ^= 1;
    for (const answer of [new Response(null, { status: 503 }), new Response("x"), new Response(changed)])
      expect(await verifyCertificate(certificate, { ...expected, fetch: async () => answer })).toMatchObject({
        status: "unknown",
      });
    const unreachable = async (): Promise<Response> => {
      throw new Error("unavailable");
    };
    expect(await verifyCertificate(certificate, { ...expected, fetch: unreachable })).toMatchObject({
      status: "unknown",
    });
    const later = {
      ...expected,
      at: new Date(Date.now() + 30 * 86_400_000),
      fetch: async () => new Response(real),
    };
    expect(await verifyCertificate(certificate, later)).toMatchObject({ status: "unknown" });
  });
});

test("fail/the genuine CRL of another shard, served in the place of the right one: unknown, not good", async () => {
  const { certificate, expected } = await enrolled();
  const swapped = async (url: string, init: RequestInit) => {
    if (url.endsWith("/root.crl")) return fetch(url, init);
    const shard = Number(/(\d+)\.crl$/.exec(url)?.[1]);
    const other = url.replace(/\d+\.crl$/, `${shard === 0 ? 1 : 0}.crl`);
    expect(other).not.toBe(url);
    const response = await fetch(other, init);
    expect(response.status).toBe(200);
    return response;
  };
  expect(await verifyCertificate(certificate, { ...expected, fetch: swapped })).toEqual({
    status: "unknown",
    why: "The CRL is for another part (distribution point) than the certificate.",
  });
});

async function fetchedCrl(
  certificate: Uint8Array,
  expected: Parameters<typeof verifyCertificate>[1],
): Promise<Uint8Array<ArrayBuffer>> {
  let kept = new Uint8Array();
  await verifyCertificate(certificate, {
    ...expected,
    fetch: async (url, init) => {
      kept = new Uint8Array(await (await fetch(url, init)).arrayBuffer());
      return new Response(kept);
    },
  });
  return kept;
}

describe("a receipt that a person shows", () => {
  test("ok/of a consent, under the CA's published key; a changed one or another issuer's is refused", async () => {
    const { resident } = await enrolled();
    const { receipt = "", consentId } = await resident.disclosure();
    const { issuer, serviceKeys: jwks } = await gateway.configuration();
    expect(await verifyReceipt(receipt, { jwks, issuer })).toMatchObject({
      kind: "consent",
      receipt: { record_id: consentId, recipient: "abc-bank" },
    });
    await expect(verifyReceipt(receipt, { jwks, issuer: "another" })).rejects.toThrow(ReceiptInvalid);
    await expect(verifyReceipt(`${receipt.slice(0, -4)}AAAA`, { jwks, issuer })).rejects.toThrow(
      ReceiptInvalid,
    );
    await expect(verifyReceipt("x", { jwks, issuer })).rejects.toThrow(ReceiptInvalid);
  });
});
