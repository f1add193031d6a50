import { constants, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { tap } from "../../client/app/card/tap.ts";
import { signWithCard } from "../../client/app/cms.ts";
import { makeOcspRequest } from "../../pki/card-verification/ocsp.ts";
import { type CardVerdict, verifyCardSignature } from "../../pki/card-verification/verify.ts";
import { testAnchors } from "../../pki/jpki/trust-anchors.ts";
import type { MyNumberCard } from "../../simulators/my-number-card/card.ts";
import { type Run, run } from "../measure.ts";

/** About the size of an application: a challenge with its notices, and digests. */
const contentBytes = 3_000;

/** One card's signature, for repeated verification. */
export async function signedByCard(card: MyNumberCard, anchorsPem: string): Promise<() => CardVerdict> {
  const tapped = await tap({ transmit: async (apdu) => card.transmit(apdu), pin: "ABC12345" });
  const cms = await signWithCard(tapped, randomBytes(contentBytes));
  card.reset();
  const anchors = testAnchors(anchorsPem);
  return () => verifyCardSignature({ cms, anchors, at: new Date() });
}

/** Verifies the result of {@link signedByCard} `n` times. */
export const cardVerification = (verdict: () => CardVerdict, n: number): Promise<Run> =>
  perCore(n, () => {
    if (!verdict().ok) throw new Error("The card's signature was refused.");
  });

/** Bare RSA-2048 verification, with the key parsed beforehand. A card verification includes two. */
export async function rawVerification(n: number): Promise<Run> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = createPublicKey(publicKey.export({ type: "pkcs1", format: "pem" }));
  const content = randomBytes(200);
  const padding = constants.RSA_PKCS1_PADDING;
  const signature = sign("sha256", content, { key: privateKey, padding });
  return perCore(n, () => {
    if (!verify("sha256", content, { key, padding }, signature)) throw new Error("RSA does not verify.");
  });
}

/** Throughput by CPU time instead of the clock: the work of one core, even if others use it too. */
async function perCore(n: number, work: () => void): Promise<Run> {
  const before = process.cpuUsage();
  const { latencies } = await run(n, 1, async () => work());
  const { user, system } = process.cpuUsage(before);
  return { latencies, elapsedMs: (user + system) / 1_000 };
}

/** Requests the card's status from the simulated J-LIS, like the engine's activity, without parsing the answer. */
export async function statusAnswers(verdict: () => CardVerdict, jlis: string, n: number): Promise<Run> {
  const signed = verdict();
  if (!signed.ok) throw new Error("The card's signature was refused.");
  return run(n, 1, async () => {
    const response = await fetch(`${jlis}/ocsp`, {
      method: "POST",
      headers: { "content-type": "application/ocsp-request" },
      body: new Uint8Array(makeOcspRequest(signed.card, signed.anchor, randomBytes(32))),
    });
    if (!response.ok) throw new Error(`The simulated J-LIS answered HTTP ${response.status}.`);
    await response.arrayBuffer();
  });
}
