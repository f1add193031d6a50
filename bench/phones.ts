import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decide } from "../client/app/consents.ts";
import { type DeviceKey, makeWebCryptoDeviceKey } from "../client/app/device-key.ts";
import { Gateway, GatewayRefusal } from "../client/app/gateway.ts";
import { activate, apply, type Begun, begin, signInOneTap, type Tapped } from "../client/app/one-tap.ts";
import type { PinnedServiceKey } from "../client/app/service-key.ts";
import { SimulatedCard } from "../sandbox/devices/simulated-card.ts";
import { MyNumberCard } from "../simulators/my-number-card/card.ts";
import type { CardMemory } from "../simulators/my-number-card/memory.ts";
import { joined, type Run, run } from "./measure.ts";

const pin = "ABC12345";

/** A phone fetches the text of a notice once and caches it: it never changes under its digest. */
class CachingGateway extends Gateway {
  readonly #texts = new Map<string, Promise<string>>();

  override async notice(digest: string): Promise<string> {
    const known = this.#texts.get(digest);
    if (known) return known;
    const asked = super.notice(digest);
    this.#texts.set(digest, asked);
    return asked;
  }
}

/** People with cards, and their phones, in this process. */
export interface Phones {
  /** One card for each person. */
  cards: readonly MyNumberCard[];
  /**
   * `n` enrolments, `concurrency` at a time, by the owners of `cards` in turn, in three passes: challenges, taps, then apply and
   * activate. The passes with the gateway are `measured`, and `around` is called around each of them; `taps` are only the card's
   * and the phone's work.
   */
  enrol(cards: readonly MyNumberCard[], n: number, concurrency: number, around?: Around): Promise<Enrolments>;
}

export interface Enrolments {
  measured: Run;
  taps: Run;
  enrolmentIds: string[];
}

/** How often `around` is called for the same enrolments. */
export const enrolmentPasses = 2;

export type Around = (pass: () => Promise<Run>) => Promise<Run>;

/**
 * Makes the simulated town hall create `count` people, and loads their cards into this process, so that an APDU is a function
 * call and the reader's HTTP and disk are not measured.
 */
export async function makePhones(options: {
  gateway: string;
  jlis: string;
  /** The data folder of the running stack. */
  directory: string;
  count: number;
}): Promise<Phones> {
  const gateway = new CachingGateway(options.gateway);
  const { serviceKeys } = await gateway.configuration();
  const names = Array.from({ length: options.count }, (_, index) => `bench-${index}`);
  const cards: MyNumberCard[] = [];
  for (const name of names) {
    await new SimulatedCard(options.jlis, name).issue({ signPin: pin });
    cards.push(new MyNumberCard(await memoryOf(options.directory, name)));
  }
  return {
    cards,
    enrol: (owners, n, concurrency, around = (pass) => pass()) =>
      enrol({ gateway, serviceKey: serviceKeys, cards: owners }, n, concurrency, around),
  };
}

/** The card as stored by the simulator. */
async function memoryOf(directory: string, name: string): Promise<CardMemory> {
  const file = `${createHash("sha256").update(name).digest("hex")}.json`;
  const holder = JSON.parse(await readFile(join(directory, "jlis", "holders", file), "utf8"));
  return (holder as { cards: { memory: CardMemory }[] }).cards[0]!.memory;
}

async function enrol(
  {
    gateway,
    serviceKey,
    cards,
  }: { gateway: Gateway; serviceKey: PinnedServiceKey; cards: readonly MyNumberCard[] },
  n: number,
  concurrency: number,
  around: Around,
): Promise<Enrolments> {
  const keys: DeviceKey[] = await Promise.all(Array.from({ length: n }, () => makeWebCryptoDeviceKey()));
  const begun: Begun[] = [];
  const ask = async (index: number): Promise<void> => {
    begun[index] = await begin({
      gateway,
      serviceKey,
      party: "abc-bank",
      app: "abc-bank-app",
      intent: "enrol",
      language: "ja",
      deviceKey: keys[index]!,
    });
  };
  const challenges = await around(() => run(n, concurrency, ask));
  const tapped: Tapped[] = [];
  const taps = await run(n, 1, async (index) => {
    const card = cards[index % cards.length]!;
    const { notices } = begun[index]!;
    tapped[index] = await signInOneTap(begun[index]!, {
      transmit: async (apdu) => card.transmit(apdu),
      pin,
      decisions: decide(
        notices.map(({ notice }) => notice),
        ["terms", "register-refresh"],
      ),
    });
    card.reset();
  });
  const issue = async (index: number): Promise<void> => {
    const applied = await patiently(() => apply(tapped[index]!));
    await patiently(() => activate(applied));
  };
  const issued = await around(() => run(n, concurrency, issue));
  return {
    measured: joined(challenges, issued),
    taps,
    enrolmentIds: begun.map(({ claims }) => claims.enrolmentId),
  };
}

/** Retries when the CA says so, as a phone does: an overloaded machine is slow, not wrong. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt === 3 || !(error instanceof GatewayRefusal) || error.code !== "TRY_AGAIN") throw error;
    }
  }
}
