import { join } from "node:path";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { stringify } from "yaml";
import { readCeremonyConfig } from "../../../pki/ca/ceremony/config.ts";
import { type CeremonyInput, holdCeremony } from "../../../pki/ca/ceremony/hold.ts";
import { writeStatement } from "../../../pki/ca/ceremony/statement.ts";
import { type OperatorKey, operatorKey } from "../../../protocol/approval.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";
import { passphrase } from "./passphrase.ts";

/** How these tests hold ceremonies: three operators, of whom two are needed. */

export const software = "kazasu 0.0.0-test";

export interface Operator {
  entry: OperatorKey;
  key: { kid: string; privateKey: CryptoKey };
}

export async function makeOperator(name: string): Promise<Operator> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { entry: operatorKey.parse({ name, jwk: { ...jwk, kid } }), key: { kid, privateKey } };
}

export const p256 = { algorithm: "P-256" };
export const plan = (generation: string, more: object = {}) => ({
  generation,
  organisation: "Test CA",
  keyStore: { type: "software" },
  root: { kind: "new", algorithm: "P-384", years: 20 },
  issuing: { ...p256, years: 10 },
  ocspSigner: p256,
  ...more,
});

export const yaml = (
  keys: string,
  operators: readonly Operator[],
  planned: object,
  more: object = {},
): string =>
  stringify({
    keys,
    plan: planned,
    approval: { needed: 2, maxAgeHours: 1, operators: operators.map(({ entry }) => entry), ...more },
  });

export const statementOf = async (config: string): Promise<string> =>
  writeStatement(config, await readCeremonyConfig(config), software);

/** A ceremony that goes well where nothing is overridden, now. */
export async function hold(
  config: string,
  approvers: readonly Operator[],
  more: Partial<CeremonyInput> = {},
): ReturnType<typeof holdCeremony> {
  const statement = more.statement ?? (await statementOf(config));
  const now = more.clock?.() ?? new Date();
  const approvals = await Promise.all(approvers.map(({ key }) => signApproval(statement, key, now)));
  return holdCeremony({
    config,
    statement,
    approvals,
    software,
    passphrase: async () => passphrase,
    openKeyStore: async () => {
      throw new Error("There is no token here.");
    },
    clock: () => new Date(),
    ...more,
  });
}

export const directoryOf = (keys: string): string => join(keys, "authority");
