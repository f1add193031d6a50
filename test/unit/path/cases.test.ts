import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { readCertificate } from "../../../pki/x509/certificate.ts";
import { at, find } from "./finding.ts";

const folder = new URL("cases/", import.meta.url);
const certificate = (name: string, file: string) =>
  readCertificate(new Uint8Array(readFileSync(new URL(`${name}/${file}`, folder))));

/** Chains that the path validation before this one refused, or did not return on. */
describe("chains that are good", () => {
  test.each(["good", "renewed-issuing-both-present", "self-issued-new-with-old"])("ok/ %s", (name) => {
    const cas = readdirSync(new URL(name, folder)).filter((file) => file.startsWith("ca"));
    const intermediates = cas.map((file) => certificate(name, file));
    const leaf = certificate(name, "leaf.der");
    const root = certificate(name, "root.der");
    for (const order of [intermediates, intermediates.toReversed()]) {
      const result = find(leaf, { anchors: [root], intermediates: order, at });
      expect(result).toMatchObject({ ok: true });
      if (!result.ok) return;
      expect(result.path[0]).toBe(leaf);
      expect(result.path.at(-1)).toBe(root);
    }
  });
});
