import { describe, expect, test } from "@jest/globals";
import { OCSPRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { issue } from "../ca/issuing.ts";
import { writePem } from "../ca/openssl.ts";
import { active, registry, restart, scratch } from "./listening.ts";
import {
  ask,
  askOcspListeners,
  bytes,
  chains,
  get,
  post,
  requestOf,
  textOf,
  until,
} from "./ocsp-listening.ts";

askOcspListeners();

describe("OCSP listener", () => {
  test("ok/ good, for SHA-1 and SHA-256, with and without nonce", async () => {
    for (const more of [[], ["-no_nonce"], ["-sha256"], ["-sha256", "-no_nonce"]]) {
      const { code, output } = await ask(more);
      expect(output).toContain("Response verify OK");
      expect(output).toContain(`${chains.g2.leaf}: good`);
      expect(output).not.toContain("WARNING");
      expect(code).toBe(0);
    }
  });

  test("ok/ the issuer chooses the generation: the old one answers by its own signer", async () => {
    for (const more of [[], ["-no_nonce"]]) {
      const { output } = await ask(more, chains.g1);
      expect(output).toContain("Response verify OK");
      expect(output).toContain(`${chains.g1.leaf}: good`);
    }
    // A serial of the other generation is none of this issuer's.
    const { output } = await ask(["-serial", `0x${chains.g2.serial}`], chains.g1);
    expect(output).toContain(`0x${chains.g2.serial}: unknown`);
    // OpenSSL takes the name from the certificate and the key from the issuer: together they are nobody of ours.
    const neither = await ask(["-no_nonce"], { ...chains.g1, leaf: chains.g2.leaf });
    expect(neither.output).toContain("unauthorized");
  });

  test("ok/ revoked at once with a nonce, with time and reason", async () => {
    registry.revoke(chains.g2.serial, "keyCompromise", new Date("2026-01-02T03:04:05.678Z"));
    const { output } = await ask();
    expect(output).toContain("Response verify OK");
    expect(output).toMatch(
      /: revoked[\s\S]*Reason: keyCompromise\s+Revocation Time: Jan {2}2 03:04:05 2026 GMT/,
    );
  });

  test("ok/ revoked although good was cached, and never good again", async () => {
    expect((await ask(["-no_nonce"])).output).toContain(": good");
    registry.revoke(chains.g2.serial, "superseded");
    await until(async () => (await ask(["-no_nonce"])).output.includes(": revoked"));
    expect((await ask(["-no_nonce", "-sha256"])).output).toContain(": revoked");
  });

  test("ok/ a serial with an intent and no certificate is unknown, and revoked once it is revoked", async () => {
    const { serial } = chains.g2;
    registry.issued(serial, { generation: "g2", stored: false });
    await restart();
    for (const more of [[], ["-no_nonce"]]) expect((await ask(more)).output).toContain(": unknown");
    registry.revoke(serial, "superseded");
    for (const more of [[], ["-no_nonce"]]) expect((await ask(more)).output).toContain(": revoked");
  });

  test("ok/ a certificate issued a moment after it was unknown is good at once", async () => {
    const { serial, certificate } = await issue(active);
    const leaf = writePem(scratch.path, "later.pem", "CERTIFICATE", certificate);
    const later = { ...chains.g2, leaf };
    const unknown = await get(requestOf(["-no_nonce"], later));
    expect(unknown.headers.get("cache-control")).toBe("no-store");
    const text = await textOf(unknown);
    expect(text).toContain("Cert Status: unknown");
    const [from, to] = ["This", "Next"].map(
      (which) => new Date(new RegExp(`${which} Update: (.*)`).exec(text)![1]!),
    );
    expect(to!.getTime() - from!.getTime()).toBe(60_000);
    registry.issued(serial, { generation: "g2" });
    expect((await ask(["-no_nonce"], later)).output).toContain("later.pem: good");
  });

  test("ok/ several serials in one request are answered each for itself", async () => {
    const { serial: other } = await issue(active);
    registry.issued(other, { generation: "g2" });
    registry.revoke(other, "superseded");
    const { output } = await ask(["-serial", `0x${other}`]);
    expect(output).toContain("leaf.pem: good");
    expect(output).toContain(`0x${other}: revoked`);
  });

  test("ok/ the signer is delegated: its certificate is included, and the responder id is its key", async () => {
    const text = await textOf(await post(requestOf()));
    expect(text).toContain("OCSP Signing");
    expect(text).toMatch(/Responder Id: [0-9A-F]{40}/);
    expect(text).toContain("Next Update");
    expect(text).toContain("OCSP Nonce");
  });

  test("ok/ a CertID is answered in the form it was asked in, with its parameters or without", async () => {
    const parsed = AsnConvert.parse(new Uint8Array(requestOf(["-sha256", "-no_nonce"])), OCSPRequest);
    delete parsed.tbsRequest.requestList[0]!.reqCert.hashAlgorithm.parameters;
    const absent = new Uint8Array(AsnConvert.serialize(parsed));
    const certId = Buffer.from(AsnConvert.serialize(parsed.tbsRequest.requestList[0]!.reqCert));
    for (let time = 0; time < 2; time += 1) {
      const answer = await bytes(await post(absent));
      expect(answer.includes(certId)).toBe(true);
    }
    const asUsual = await bytes(await post(requestOf(["-sha256", "-no_nonce"])));
    expect(asUsual.includes(certId)).toBe(false);
  });
});
