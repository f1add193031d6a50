import { createHash } from "node:crypto";

/** The person page, opened by the tap of a visit. */
export interface OpenedPage {
  personId: string;
  visitId: string;
}

/** What was pressed on the page, and under which tap of the card: stored as evidence of the act. */
export function proofOf(
  { visitId, personId }: OpenedPage,
  act: string,
  about: string,
): { proof: string; digest: string } {
  const proof = JSON.stringify({ page: visitId, person: personId, act, about });
  return { proof, digest: createHash("sha256").update(proof).digest("base64url") };
}
