import { randomUUID } from "node:crypto";
import { ContentInfo, SignedData } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { type DeviceKey } from "../../../client/app/device-key.ts";
import { signTransaction } from "../../../client/app/transaction.ts";
import type { TransactionExpectation } from "../../../client/relying-party/signed-transaction.ts";
import { labels } from "../../../protocol/labels.ts";
import { type TransactionContent, transactionType } from "../../../protocol/transaction.ts";
import { type Certified, deviceKeyOf, makeIssuing, makePhone, makeRoot } from "./authority.ts";

/** A transaction signed by a phone whose certificate leads to a root of its own. */
export interface Signed {
  cms: Uint8Array<ArrayBuffer>;
  content: TransactionContent;
  deviceKey: DeviceKey;
  certificate: Uint8Array<ArrayBuffer>;
  issuing: Certified;
  root: Certified;
  expected: TransactionExpectation;
}

export const aContent = (): TransactionContent => ({
  type: labels.transaction,
  transactionId: randomUUID(),
  party: { id: "abc-bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
  shown: { title: "Transfer", lines: [{ label: "Amount", value: "¥120,000" }] },
  requestedAt: new Date().toISOString(),
});

/** Signs with the key of `who`, with these certificates beside its own. */
export const signedBy = async (
  who: Certified,
  content: object,
  chain: Uint8Array[] = who.chain.slice(0, -1),
  now?: Date,
): Promise<Uint8Array<ArrayBuffer>> =>
  signTransaction(
    JSON.stringify(content),
    { deviceKey: await deviceKeyOf(who), certificate: who.der, chain },
    now,
  );

export async function makeSigned(more: Parameters<typeof makePhone>[2] = {}): Promise<Signed> {
  const root = await makeRoot();
  const issuing = await makeIssuing(root);
  const subject = `pseudonym-${randomUUID()}`;
  const phone = await makePhone(subject, issuing, more);
  const content = aContent();
  const detail = { type: transactionType, shown: content.shown } as const;
  return {
    cms: await signedBy(phone, content),
    content,
    deviceKey: await deviceKeyOf(phone),
    certificate: phone.der,
    issuing,
    root,
    expected: { roots: [root.der], party: "abc-bank", subject, detail },
  };
}

/** The same CMS with something in it changed. */
export function changed(cms: Uint8Array, change: (data: SignedData) => void): Uint8Array<ArrayBuffer> {
  const info = AsnConvert.parse(cms, ContentInfo);
  const data = AsnConvert.parse(info.content, SignedData);
  change(data);
  info.content = AsnConvert.serialize(data);
  return new Uint8Array(AsnConvert.serialize(info));
}
