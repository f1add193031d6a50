/** Imports every entry of the packages from JavaScript, and finds that what two packages share is one thing. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as app from "@kazasu/app";
import * as engine from "@kazasu/engine";
import * as pki from "@kazasu/pki";
import { verifySignature } from "@kazasu/pki/x509/verify-signature";
import * as protocol from "@kazasu/protocol";
import * as relyingParty from "@kazasu/relying-party";

const counts = {};
for (const name of ["protocol", "pki", "app", "relying-party", "engine"]) {
  const folder = new URL(`node_modules/@kazasu/${name}/`, `file://${process.cwd()}/`);
  const { exports: entries } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  for (const entry of Object.keys(entries)) await import(`@kazasu/${name}${entry.slice(1)}`);
  counts[name] = Object.keys(entries).length;
}

// One class, however it is reached: what one package throws is what another's code asks for.
const { NotDer } = await import("@kazasu/pki/der/cursor");
assert.equal(NotDer, pki.NotDer);
assert.throws(() => pki.readCertificate(new Uint8Array([0x30])), NotDer);
const verdict = await relyingParty.verifyCertificate(new Uint8Array(), { roots: [], intermediates: [] });
assert.equal(verdict.status, "untrusted"); // it has caught the other package's NotDer
assert.equal(typeof engine.Engine.connect, "function");
assert.equal(typeof verifySignature, "function");

const { keyPair, point } = await protocol.makeSealingKey();
const context = protocol.codeContext("AAAA");
const sealed = await protocol.seal(point, protocol.utf8("かざす"), context);
assert.deepEqual(await protocol.open(keyPair, sealed, context), protocol.utf8("かざす"));

const key = await app.makeWebCryptoDeviceKey();
const { message } = await app.signPhoneMessage(
  { enrolmentId: crypto.randomUUID(), deviceKey: key, issuer: "ca" },
  { type: protocol.labels.inbox },
);
assert.equal(message.split(".").length, 3);
process.stdout.write(`${JSON.stringify({ node: process.version, counts })}\n`);
