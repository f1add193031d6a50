import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ocsp from "../../pki/card-verification/ocsp.ts";
import * as card from "../../pki/card-verification/verify.ts";
import * as anchors from "../../pki/jpki/trust-anchors.ts";
import { type Run, run } from "../measure.ts";
import type { Runs } from "../runs.ts";
import { type SignedCards, signCards } from "./cards.ts";

export const cardNames = {
  card: "a card's signature verified, one core",
  cardBeside: "a card's signature verified by the build beside",
  ocsp: "an OCSP answer about it read, one core",
  ocspBeside: "an OCSP answer about it read by the build beside",
} as const;

/** The modules of a build, ours or the compared one: their names are the same in both. */
interface Build {
  verifyCardSignature: typeof card.verifyCardSignature;
  makeOcspRequest: typeof ocsp.makeOcspRequest;
  readOcspResponse: typeof ocsp.readOcspResponse;
  testAnchors: typeof anchors.testAnchors;
}

const people = 60;

/**
 * Verifies what cards signed and reads J-LIS's answers about them, with this build and a built clone of another commit, in
 * turns and on the same messages. Adds to `runs` under {@link cardNames}; throughput is by CPU time.
 * @param beside folder of the built clone; without it only this build is measured
 */
export async function benchCard(
  runs: Runs,
  { beside, rounds, each }: { beside: string | undefined; rounds: number; each: number },
): Promise<void> {
  const made = await signCards(people);
  try {
    const at = new Date();
    const builds: [string, string, Build][] = [
      [cardNames.card, cardNames.ocsp, { ...card, ...ocsp, ...anchors }],
    ];
    if (beside !== undefined)
      builds.push([cardNames.cardBeside, cardNames.ocspBeside, await buildAt(beside)]);
    const checks = await Promise.all(
      builds.map(async ([forCard, forOcsp, build]) => ({
        forCard,
        forOcsp,
        ...(await checksOf(build, made, at)),
      })),
    );
    for (const { verify, read } of checks) {
      await perCore(people, verify);
      await perCore(people, read);
    }
    for (let round = 0; round < rounds; round += 1)
      for (const { forCard, forOcsp, verify, read } of checks) {
        runs.add(forCard, 1, await perCore(each, verify));
        runs.add(forOcsp, 1, await perCore(each, read));
      }
  } finally {
    await made.close();
  }
}

async function buildAt(directory: string): Promise<Build> {
  const load = async (file: string): Promise<object> =>
    (await import(pathToFileURL(join(directory, "dist/pki", file)).href)) as object;
  const modules = ["card-verification/verify.js", "card-verification/ocsp.js", "jpki/trust-anchors.js"];
  return Object.assign({}, ...(await Promise.all(modules.map(load)))) as Build;
}

async function checksOf(build: Build, { anchorsPem, signed, ask }: SignedCards, at: Date) {
  const trusted = build.testAnchors(anchorsPem);
  const verified = (index: number) => {
    const verdict = build.verifyCardSignature({ cms: signed[index % signed.length]!, anchors: trusted, at });
    if (!verdict.ok) throw new Error(`A card's signature was refused: ${verdict.detail}`);
    return verdict;
  };
  const nonce = randomBytes(32);
  const asked = await Promise.all(
    signed.map(async (_cms, index) => {
      const { card: facts, anchor } = verified(index);
      return { card: facts, anchor, answer: await ask(build.makeOcspRequest(facts, anchor, nonce)) };
    }),
  );
  return {
    verify: verified,
    read: (index: number) => {
      const { answer, ...about } = asked[index % asked.length]!;
      const status = build.readOcspResponse(answer, {
        ...about,
        nonce,
        at: new Date(),
        maxAgeSeconds: 3_600,
      });
      if (!status.ok) throw new Error(`An OCSP answer was refused: ${status.detail}`);
    },
  };
}

/** Throughput by CPU time instead of the clock: the work of one core, even if others use it too. */
async function perCore(n: number, work: (index: number) => unknown): Promise<Run> {
  const before = process.cpuUsage();
  const { latencies } = await run(n, 1, async (index) => work(index));
  const { user, system } = process.cpuUsage(before);
  return { latencies, elapsedMs: (user + system) / 1_000 };
}
