import { setTimeout as delay } from "node:timers/promises";
import { decide } from "../../client/app/consents.ts";
import { Gateway, GatewayRefusal } from "../../client/app/gateway.ts";
import {
  type AppliedApplication,
  activate,
  apply,
  type Begun,
  begin,
  type Enrolled,
  signInOneTap,
  type Tapped,
} from "../../client/app/one-tap.ts";
import type { Intent } from "../../protocol/names.ts";
import { makePhoneKey, SimulatedCard } from "../../sandbox/devices/simulated-card.ts";
import { patienceMs } from "./eventually.ts";

export const pin = "ABC12345";

/** Where a simulated phone finds the CA and the card reader. */
export interface Surroundings {
  gateway: string;
  jlis: string;
}

/** A card of its own for a test, in the hands of a person of its own. */
export async function newCard({ jlis }: Surroundings, name: string): Promise<SimulatedCard> {
  const card = new SimulatedCard(jlis, name);
  await card.issue({ signPin: pin });
  return card;
}

/** A new phone asks for a challenge of ABC Bank. */
export async function beginOnNewPhone(surroundings: Surroundings, intent: Intent = "enrol"): Promise<Begun> {
  const gateway = new Gateway(surroundings.gateway);
  const { serviceKeys } = await gateway.configuration();
  const deviceKey = await makePhoneKey(undefined);
  const asked = { party: "abc-bank", app: "abc-bank-app", intent, language: "ja" } as const;
  return begin({ gateway, serviceKey: serviceKeys.keys[0]!, deviceKey, ...asked });
}

/** The tap: the terms and the register refresh are agreed. */
export async function tapCard(begun: Begun, card: SimulatedCard): Promise<Tapped> {
  const notices = begun.notices.map(({ notice }) => notice);
  try {
    return await signInOneTap(begun, {
      transmit: card.transmit,
      pin,
      decisions: decide(notices, ["terms", "register-refresh"]),
    });
  } finally {
    await card.remove();
  }
}

/** From the challenge to the activation code. */
export async function applyOnNewPhone(
  surroundings: Surroundings,
  card: SimulatedCard,
  intent: Intent = "enrol",
): Promise<AppliedApplication> {
  const tapped = await tapCard(await beginOnNewPhone(surroundings, intent), card);
  return patiently(() => apply(tapped));
}

/** From the challenge to the certificate. */
export async function enrolOnNewPhone(...asked: Parameters<typeof applyOnNewPhone>): Promise<Enrolled> {
  const applied = await applyOnNewPhone(...asked);
  return patiently(() => activate(applied));
}

const pauseMs = 100;

/** Sends the same again as long as the answer is "try again", as a phone does. */
export async function patiently<T>(send: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + patienceMs; ; await delay(pauseMs)) {
    try {
      return await send();
    } catch (error) {
      const again = error instanceof GatewayRefusal && error.code === "TRY_AGAIN";
      if (!again || performance.now() > until) throw error;
    }
  }
}
