import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import type { DeviceKey } from "../../client/app/device-key.ts";
import { Gateway, type GatewayConfiguration } from "../../client/app/gateway.ts";
import { type Enrolled, oneTap } from "../../client/app/one-tap.ts";
import type { PhoneEnrolment } from "../../client/app/phone-message.ts";
import { pem } from "../../pki/pem.ts";
import type { Intent } from "../../protocol/names.ts";
import { makePhoneKey, type SimulatedCard } from "../devices/simulated-card.ts";
import type { Stack } from "../embedded/stack.ts";
import { crlFile, fetchCrls, rootCrlFile } from "./status.ts";

/** A phone of the story: its certificate and its key. */
export type StoryPhone = Enrolled & PhoneEnrolment;

/** The participants of the story. */
export interface Cast {
  stack: Stack;
  card: SimulatedCard;
  pool: Pool;
  gateway: Gateway;
  ca: GatewayConfiguration;
  out: string;
  phones: Partial<Record<"phoneA" | "phoneB" | "other", StoryPhone>>;
}

export const pin = "ABC12345";

export async function castOf(parts: Omit<Cast, "gateway" | "ca" | "phones">): Promise<Cast> {
  const gateway = new Gateway(parts.stack.gateway);
  return { ...parts, gateway, ca: await gateway.configuration(), phones: {} };
}

/** One tap: enrols or replaces at a party with a new device key. A replacement keeps the consents for the party. */
export async function enrol(
  { stack, card, gateway, ca }: Cast,
  party: string,
  intent: Intent,
  more: { binding?: string } = {},
): Promise<StoryPhone> {
  const [serviceKey] = ca.serviceKeys.keys;
  if (!serviceKey) throw new Error("The gateway publishes no service key.");
  const deviceKey: DeviceKey = await makePhoneKey(stack.attester);
  try {
    const enrolled = await oneTap({
      ...more,
      gateway,
      serviceKey,
      party,
      app: `${party}-app`,
      intent,
      language: "ja",
      deviceKey,
      transmit: card.transmit,
      pin,
      agree: ["terms", "register-refresh", ...(intent === "enrol" ? (["disclosure"] as const) : [])],
    });
    return { ...enrolled, deviceKey, issuer: ca.issuer };
  } finally {
    await card.remove();
  }
}

/** Fetches and stores the CRLs that cover these phones' certificates and the CA's certificates above them. */
export async function writeCrls({ out }: Cast, phones: readonly StoryPhone[]): Promise<Buffer[]> {
  const crls = await fetchCrls(phones.map(({ certificate }) => certificate));
  // The last certificate of a chain is the root, which no CRL covers.
  const rootCrls = await fetchCrls(phones.flatMap(({ chain }) => chain.slice(0, -1)));
  await writeFile(join(out, crlFile), pemOf(crls));
  await writeFile(join(out, rootCrlFile), pemOf(rootCrls));
  return crls;
}

const pemOf = (crls: readonly Buffer[]): string => crls.map((crl) => pem("X509 CRL", crl)).join("");

export function requireAll<K extends string, T>(phones: Partial<Record<K, T>>, ...names: K[]): Record<K, T> {
  const missing = names.filter((name) => phones[name] === undefined);
  if (missing.length > 0) throw new Error(`An earlier step did not issue: ${missing.join(", ")}.`);
  return phones as Record<K, T>;
}
