import { createReadStream } from "node:fs";
import { readCrlPart } from "../../pki/crl/part.ts";
import { testAnchors } from "../../pki/jpki/trust-anchors.ts";

/**
 * Reads one list in its own process, to measure its memory: `<file> <trust anchor PEM, base64>` → JSON. Twice, and the second
 * counts: a worker reads two thousand lists one after the other.
 */
const [path = "", pem = ""] = process.argv.slice(2);
const anchors = testAnchors(Buffer.from(pem, "base64").toString());
const [anchor] = anchors;
const read = () =>
  readCrlPart(createReadStream(path, { highWaterMark: 1 << 20 }), {
    anchors,
    at: new Date(),
    issuerKeyId: anchor?.keyId ?? "",
  });
await read();
const begun = performance.now();
const list = await read();
const ms = performance.now() - begun;
console.log(
  JSON.stringify({ ms, entries: list.entries.length, maxRssMb: process.resourceUsage().maxRSS / 1_024 }),
);
