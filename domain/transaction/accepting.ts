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
 * Takes the signature of a transaction, in the caller's transaction of the database: it must be over exactly the text that
 * was to be shown, by the enrolment's own certificate.
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
      detail: "No transaction of this id waits to be signed.",
    });
  const flaw = flawOf(cms, certificate, await readTransactionContent(connection, sealer, id));
  if (flaw !== undefined) throw new Refusal({ code: "TRANSACTION_INVALID", detail: flaw });
  await storeSignature(connection, sealer, { id, enrolmentId: enrolment.id, cms, at: now });
  await audit(connection, "transaction-signed", id, {
    partyId: enrolment.partyId,
    enrolmentId: enrolment.id,
  });
}

/** What is wrong with a phone's signature; `undefined` where nothing is. */
function flawOf(cms: Uint8Array, certificate: X509Certificate, content: string): string | undefined {
  try {
    const checked = runSync(checkedSignature(cms, idData), verifyWithNode);
    if (!sameBytes(checked.signer.der, certificate.raw)) return "It is signed with another certificate.";
    if (!Buffer.from(content).equals(checked.content))
      return "Something else was signed than what was to be shown.";
    if (checked.signed(attributeTypes.signingTime).length !== 1) return "It does not say when it was signed.";
    return checked.hasUnsigned ? "It carries something that is not signed." : undefined;
  } catch (error) {
    if (error instanceof CmsInvalid) return error.message;
    throw error;
  }
}
