import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { JSONWebKeySet } from "jose";
import { openDatabase, transaction } from "../registry/database.ts";
import { type BackchannelDelivery, registerPartyClient } from "../registry/party/clients.ts";
import { type NewParty, type Notice, publishNotice, registerParty } from "../registry/party/parties.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";

/** The fictitious parties of the demonstration. */
const parties: NewParty[] = [
  {
    id: "abc-bank",
    name: { ja: "ABC銀行", en: "ABC Bank" },
    apps: [{ id: "abc-bank-app", attestation: "optional" }],
    datasets: [
      {
        dataset: { ja: "振込先口座", en: "Account for payments" },
        purpose: { ja: "医療費の払い戻し", en: "Refund of medical expenses" },
      },
      {
        dataset: { ja: "口座の開設日", en: "Account holder since" },
        purpose: { ja: "本人確認の補助", en: "Support of an identity check" },
      },
    ],
  },
  {
    id: "midori-clinic",
    name: { ja: "みどりクリニック", en: "Midori Clinic" },
    apps: [{ id: "midori-clinic-app", attestation: "optional" }],
    datasets: [
      {
        dataset: { ja: "受診日", en: "Dates of visits" },
        purpose: { ja: "保険金の請求", en: "Insurance claim" },
      },
    ],
  },
];

const texts = [
  { id: "terms", purpose: "terms" },
  { id: "register-refresh", purpose: "register-refresh" },
  { id: "disclosure", purpose: "disclosure" },
  { id: "link", purpose: "link" },
] as const;

/** A party's client at the token endpoint, as the party gives it to the operator. */
export interface DemoClient {
  partyId: string;
  clientId: string;
  publicJwks: JSONWebKeySet;
  /** Where its customers' browsers return after a login. */
  redirectUris?: string[];
  backchannel?: BackchannelDelivery;
}

/** Registers the demonstration's parties, notices and clients. Only in the test setting. */
export async function seedDemoParties(
  configuration: Configuration,
  clients: readonly DemoClient[] = [],
): Promise<void> {
  if (configuration.KAZASU_SETTING !== "test") {
    throw new ConfigurationError("The demonstration's parties are for KAZASU_SETTING=test only.");
  }
  const notices = await Promise.all(
    texts.flatMap(({ id, purpose }) =>
      (["ja", "en"] as const).map((language) => readNotice(id, purpose, language)),
    ),
  );
  const pool = openDatabase(configuration.DATABASE_URL);
  try {
    await transaction(pool, async (connection) => {
      for (const party of parties) await registerParty(connection, party);
      for (const notice of notices) await publishNotice(connection, notice);
      for (const { partyId, clientId: id, publicJwks: jwks, redirectUris = [], backchannel } of clients)
        await registerPartyClient(connection, {
          id,
          partyId,
          jwks,
          redirectUris,
          ...(backchannel ? { backchannel } : {}),
        });
    });
  } finally {
    await pool.end();
  }
}

async function readNotice(
  id: string,
  purpose: Notice["purpose"],
  language: Notice["language"],
): Promise<Notice> {
  const text = await readFile(new URL(`./notices/${id}.${language}.txt`, import.meta.url), "utf8");
  return {
    id,
    purpose,
    language,
    version: "2026-11",
    text,
    sha256: createHash("sha256").update(text).digest("base64url"),
  };
}
