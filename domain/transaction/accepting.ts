import type { X509Certificate } from "node:crypto";
import { attributeTypes } from "../../pki/cms/attribute-types.ts";
import { CmsInvalid, checkedSignature } from "../../pki/cms/checked-signature.ts";
import { idData } from "../../pki/cms/signed-data.ts";
import { sameBytes } from "../../pki/der/bytes.ts";
import { verifyWithNode } from "../../pki/x509/node-signature.ts";
import { runSync } from "../../pki/x509/signature.ts";
import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import type { Enrolment } from "../../registry/issuance/enrolments.ts";
import type { Sealer } from "../../registry/sealing.ts";
import {
  lockTransaction,
  readTransactionContent,
  storeSignature,
} from "../../registry/transaction/transactions.ts";
import { Refusal } from "../refusal.ts";

/**
 * Accepts the signature of a transaction, in the caller's database transaction: it must be over exactly the text to be shown,
 * by the enrolment's own certificate.
 * @throws Refusal TRANSACTION_CLOSED, TRANSACTION_INVALID
 */
export async function acceptSignature(
  connection: Connection,
  { sealer, clock }: { sealer: Sealer; clock: () => Date },
  given: { transactionId: string; enrolment: Enrolment; certificate: X509Certificate; cms: Uint8Array },
): Promise<void> {
  const { transactionId: id, enrolment, certificate, cms } = given;
  const found = await lockTransaction(connection, id);
  const now = clock();
  if (found?.state !== "open" || found.expiresAt <= now || found.partyId !== enrolment.partyId)
    throw new Refusal({
      code: "TRANSACTION_CLOSED",
      detail: "No transaction of this id is waiting for a signature.",
    });
  const flaw = flawOf(cms, certificate, await readTransactionContent(connection, sealer, id));
  if (flaw !== undefined) throw new Refusal({ code: "TRANSACTION_INVALID", detail: flaw });
  await storeSignature(connection, sealer, { id, enrolmentId: enrolment.id, cms, at: now });
  await audit(connection, "transaction-signed", id, {
    partyId: enrolment.partyId,
    enrolmentId: enrolment.id,
  });
}

/** What is wrong with a phone's signature; `undefined` if nothing. */
function flawOf(cms: Uint8Array, certificate: X509Certificate, content: string): string | undefined {
  try {
    const checked = runSync(checkedSignature(cms, idData), verifyWithNode);
    if (!sameBytes(checked.signer.der, certificate.raw)) return "It is signed with another certificate.";
    if (!Buffer.from(content).equals(checked.content))
      return "The signed content is not the text to be shown.";
    if (checked.signed(attributeTypes.signingTime).length !== 1) return "It has no single signing time.";
    return checked.hasUnsigned ? "It has unsigned attributes." : undefined;
  } catch (error) {
    if (error instanceof CmsInvalid) return error.message;
    throw error;
  }
}
