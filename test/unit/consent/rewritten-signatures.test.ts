import { expect, test } from "@jest/globals";
import { signConsentChange, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import { gateway, serveConsents } from "./consent-gateway.ts";
import { person, world } from "./consent-registry.ts";

/** A message is the same message however its signature is written: an old grant undoes no withdrawal. */

serveConsents();

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ECDSA: with (r, s) goes (r, n − s). */
function negated(jws: string): string {
  const [header, payload, signature = ""] = jws.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const s = order - BigInt(`0x${bytes.subarray(32).toString("hex")}`);
  const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  return [header, payload, other.toString("base64url")].join(".");
}

/** 64 bytes leave four bits of the last base64url character unused. */
function withUnusedBits(jws: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return jws.slice(0, -1) + alphabet[alphabet.indexOf(jws.at(-1) ?? "") ^ 1];
}

test.each([
  ["the same bytes", (jws: string) => jws],
  ["s as n - s", negated],
  ["other unused bits at its end", withUnusedBits],
])("fail/a grant sent again after the withdrawal, its signature with %s", async (_, rewritten) => {
  const message = await signConsentChange(person.phone, {
    act: "grant",
    kind: "disclosure",
    attributes: ["address"],
    notice: world.notices.disclosure,
  });
  await gateway.changeConsent(message);
  const [given] = await listConsents(gateway, person.phone);
  await gateway.changeConsent(await signConsentChange(person.phone, withdrawalOf(given!)));
  await gateway.changeConsent({ message: rewritten(message.message) });
  const consents = await listConsents(gateway, person.phone);
  expect(consents.map(({ state }) => state)).toEqual(["withdrawn"]);
});
