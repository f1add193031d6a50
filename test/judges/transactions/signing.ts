import { generateKeyPairSync, randomUUID, webcrypto } from "node:crypto";
import { type DeviceKey, webCryptoDeviceKey } from "../../../client/app/device-key.ts";
import { signTransaction } from "../../../client/app/transaction.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { crlUrl } from "../../../pki/ca/status-urls.ts";
import type { TbsInput } from "../../../pki/ca/tbs.ts";
import { labels } from "../../../protocol/labels.ts";
import type { TransactionContent } from "../../../protocol/transaction.ts";
import { issue, urls } from "../../unit/ca/issuing.ts";

/** A phone with a certificate of the basic profile, and where that certificate's status is published. */
export interface Phone {
  deviceKey: DeviceKey;
  /** DER. */
  certificate: Uint8Array;
  serial: string;
  crlShard: number;
  /** The address of its CRL. */
  distributionPoint: string;
  authority: Authority;
}

export async function makePhone(
  authority: Authority,
  now: Date,
  more: Partial<TbsInput> = {},
): Promise<Phone> {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = new Uint8Array(keys.publicKey.export({ format: "der", type: "spki" }));
  const privateKey = await webcrypto.subtle.importKey(
    "pkcs8",
    keys.privateKey.export({ format: "der", type: "pkcs8" }),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign"],
  );
  const { certificate, serial, crlShard } = await issue(authority, { subjectPublicKey: spki, now, ...more });
  return {
    deviceKey: webCryptoDeviceKey({ privateKey, spki }),
    certificate,
    serial,
    crlShard,
    distributionPoint: crlUrl((more.urls ?? urls).crlBase, authority.generation, crlShard),
    authority,
  };
}

/** A transfer of ¥120,000, signed as the app signs it, with the certificates of `beside` in the message: CMS, DER. */
export function signTransfer(
  { deviceKey, certificate, authority }: Phone,
  beside: Uint8Array[] = [authority.issuing],
): Promise<Uint8Array> {
  const content: TransactionContent = {
    type: labels.transaction,
    transactionId: randomUUID(),
    party: { id: "abc-bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
    shown: { title: "Transfer", lines: [{ label: "Amount", value: "¥120,000" }] },
    requestedAt: new Date().toISOString(),
  };
  return signTransaction(JSON.stringify(content), { deviceKey, certificate, chain: beside });
}

/** The same message with another amount under the same signature. */
export function withAnotherAmount(cms: Uint8Array): Uint8Array {
  const changed = Buffer.from(cms);
  const at = changed.indexOf("120,000");
  if (at < 0) throw new Error("The amount is not in the message.");
  changed.write("920,000", at);
  return new Uint8Array(changed);
}
