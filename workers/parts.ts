import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { JSONWebKeySet } from "jose";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { ExaminationRules } from "../pki/application/examine.ts";
import { simulatedAttestation } from "../pki/attestation/simulated.ts";
import type { AttestationVerifier } from "../pki/attestation/verifier.ts";
import type { Authorities } from "../pki/ca/authorities.ts";
import { productionAnchors, type TrustAnchor, testAnchors } from "../pki/jpki/trust-anchors.ts";
import { openDatabase } from "../registry/database.ts";
import { publishedNotices } from "../registry/party/parties.ts";
import { Sealer } from "../registry/sealing.ts";
import { liveAuthorities } from "./authorities.ts";
import type { Configuration } from "./configuration.ts";
import { type DeliveryKeys, ensureDeliveryKeys } from "./delivery-keys.ts";
import { ensureServiceKeys, type ServiceKeys } from "./keys.ts";

/** The common parts of every process of the engine, without keys of the CA. */
export interface Parts {
  keys: ServiceKeys;
  deliveryKeys: DeliveryKeys;
  pool: Pool;
  sealer: Sealer;
  anchors: readonly TrustAnchor[];
  rules: () => Promise<ExaminationRules>;
  clock: () => Date;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** The parts of a process that signs in the CA's name. */
export interface AuthorityParts extends Parts {
  /** The CA's current generations. */
  authorities: () => Authorities;
}

/** How long a process may not know of a newly published notice, milliseconds. */
const noticesMaxAgeMs = 2_000;

export async function makeParts(configuration: Configuration, log: Logger): Promise<Parts> {
  const [keys, deliveryKeys] = await Promise.all([
    ensureServiceKeys(configuration.KAZASU_KEYS),
    ensureDeliveryKeys(configuration.KAZASU_KEYS),
  ]);
  const clock = () => new Date();
  const pool = openDatabase(configuration.DATABASE_URL, {
    onError: (error) =>
      log.warn({ errorName: error.name }, "a connection to Postgres broke and will be replaced"),
  });
  const anchors = await trustAnchors(configuration);
  return {
    keys,
    deliveryKeys,
    pool,
    sealer: new Sealer(keys.evidence),
    anchors,
    clock,
    rules: makeRules(configuration, pool, anchors),
    close: () => pool.end(),
  };
}

/** {@link makeParts} and the CA's keys: for workers and the status listeners. */
export async function makeAuthorityParts(configuration: Configuration, log: Logger): Promise<AuthorityParts> {
  const parts = await makeParts(configuration, log);
  try {
    const live = await liveAuthorities(configuration, parts.keys.passphrase, parts.clock, log);
    return {
      ...parts,
      authorities: live.current,
      async close() {
        await Promise.all([parts.close(), live.close()]);
      },
    };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** Logs a warning if the setting is not production. */
export function announceSetting(configuration: Configuration, log: Logger): void {
  if (configuration.KAZASU_SETTING === "production") return;
  log.warn("TEST SETTING: simulated cards are trusted; certificates issued now prove nothing about anybody");
}

/** Production: only the public JPKI CAs. Test: only the simulators' CAs. */
export async function trustAnchors(configuration: Configuration): Promise<readonly TrustAnchor[]> {
  if (configuration.KAZASU_SETTING === "production") {
    const more = configuration.KAZASU_ANCHORS;
    return productionAnchors(more === undefined ? [] : [pathToFileURL(`${more}/`)]);
  }
  return testAnchors(await readFile(configuration.KAZASU_TEST_ANCHORS ?? "", "utf8"));
}

function attestationVerifiers(configuration: Configuration): readonly AttestationVerifier[] {
  const url = configuration.KAZASU_ATTESTER_URL;
  if (configuration.KAZASU_SETTING === "production" || url === undefined) return [];
  let keySet: Promise<JSONWebKeySet> | undefined;
  const fetchKeys = async (): Promise<JSONWebKeySet> =>
    (await fetch(`${url}/jwks.json`)).json() as Promise<JSONWebKeySet>;
  return [
    simulatedAttestation(() => {
      keySet ??= fetchKeys().catch((error: unknown) => {
        keySet = undefined;
        throw error;
      });
      return keySet;
    }),
  ];
}

function makeRules(
  configuration: Configuration,
  pool: Pool,
  anchors: readonly TrustAnchor[],
): () => Promise<ExaminationRules> {
  const attestation = attestationVerifiers(configuration);
  let published: { at: number; digests: ReadonlySet<string> } | undefined;
  return async () => {
    if (!published || Date.now() - published.at > noticesMaxAgeMs) {
      published = {
        at: Date.now(),
        digests: new Set((await publishedNotices(pool)).map(({ sha256 }) => sha256)),
      };
    }
    const { digests } = published;
    return { anchors, attestation, isPublished: (notice) => digests.has(notice.sha256) };
  };
}
