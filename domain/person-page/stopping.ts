import type { RevokedCertificate } from "../../registry/certificate/revocations.ts";
import type { Connection } from "../../registry/database.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { stopPhones } from "../certificate/stopping.ts";
import { type OpenedPage, proofOf } from "./proof.ts";

/**
 * Stops one phone of the person, or all of them, from the person page, in the caller's transaction; stopping all closes every
 * other page of theirs. Stopping one phone twice is one act; stopping all is an act each time.
 */
export function stopOnPage(
  connection: Connection,
  { sealer, clock }: { sealer: Sealer; clock: () => Date },
  page: OpenedPage,
  enrolmentId?: string,
): Promise<RevokedCertificate[]> {
  const about = enrolmentId ?? `everything ${clock().toISOString()}`;
  return stopPhones(connection, sealer, {
    personId: page.personId,
    pageVisitId: page.visitId,
    by: "person",
    ...proofOf(page, "stop", about),
    ...(enrolmentId === undefined ? {} : { enrolmentId }),
  });
}
