import type { IssuingDeps } from "../../domain/issuance/deps.ts";
import type { Authorities } from "../../pki/ca/authorities.ts";
import type { Authority } from "../../pki/ca/authority.ts";
import type { IssuanceJournal } from "./journal.ts";

export interface SigningDeps extends IssuingDeps {
  journal: IssuanceJournal;
}

/** The generation of an intent: only it signs the certificate, whichever generation is active now. */
export function generationOf(authorities: Authorities, generation: string): Authority {
  const found = authorities.all.find((authority) => authority.generation === generation);
  if (found) return found;
  throw new Error(
    `The CA's generation ${generation} is not configured, and a pending issuance needs it; restore its keys.`,
  );
}
