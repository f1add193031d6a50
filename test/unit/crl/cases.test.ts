import { expect, test } from "@jest/globals";
import { askedOf, inWords, readFixture, statuses, streamed } from "./cases.ts";

const at = new Date("2026-06-01T12:00:00Z");
const ca = "ca.pem";
const card = "card.der";

/** What is right for each list: the card's status, and what change detection takes of it. */
const cases: [file: string, right: string, taken: string, asked?: { ca?: string; card?: string }][] = [
  ["good", "good", "taken 7"],
  ["good", "good", "taken 7", { card: "card-two-names-in-one-point.der" }],
  ["next-update-without-zone", "unusable: nextUpdate is not strict DER: a time", "refused"],
  ["next-update-june-31", "unusable: nextUpdate is not strict DER: a time", "refused"],
  ["this-update-after-next-update", "unusable: thisUpdate is after its nextUpdate", "refused"],
  ["next-update-equals-at", "good", "taken 7"],
  ["crl-number-critical", "good", "taken 7"],
  ["reason-11-of-another-card", "good", "taken 7\n09 unspecified"],
  ["one-negative-serial-elsewhere", "revoked: unspecified", "taken 7\n012345 unspecified"],
  [
    "no-crlsign",
    "unusable: lacks cRLSign",
    "refused",
    { ca: "no-crlsign-ca.pem", card: "no-crlsign-card.der" },
  ],
];

test.each(cases)(
  "ok/every entry to the reader answers %s with: %s",
  async (file, right, taken, asked = {}) => {
    const der = readFixture(`${file}.crl.der`);
    const question = askedOf(asked.card ?? card, asked.ca ?? ca, at);
    const found = await statuses(der, question, [97]);
    const [atOnce] = Object.values(found).map(inWords);
    expect(Object.values(found).map(inWords)).toEqual([atOnce, atOnce, atOnce]);
    const [verdict, ...why] = right.split(": ");
    expect(atOnce).toMatch(new RegExp(`^${verdict}${why.length > 0 ? `: .*${why.join(": ")}` : "$"}`));
    const read = await streamed(der, question, [97]);
    if (taken === "refused") expect(read).toBe(atOnce!.replace("unusable", "refused"));
    else expect(read).toBe(taken);
  },
);

test("fail/one second after nextUpdate is out of time", async () => {
  const later = new Date(at.getTime() + 1_000);
  const found = await statuses(readFixture("next-update-equals-at.crl.der"), askedOf(card, ca, later), [97]);
  expect(Object.values(found).map(inWords)).toEqual(
    Array(3).fill("unusable: The CRL has expired (nextUpdate)."),
  );
});
