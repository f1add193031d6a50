import type { LinkTerms } from "../../protocol/link.ts";
import type { Connection } from "../../registry/database.ts";
import { findRegisteredTerms, type RegisteredTerms } from "../../registry/link/datasets.ts";
import { Refusal } from "../refusal.ts";

/**
 * The terms in the giving party's registered words. What one party's app says reaches the other one's app through here alone,
 * so words of its own, by which both could know the person, are refused (docs/decisions/0033).
 * @throws Refusal LINK_NOT_POSSIBLE
 */
export async function registeredTerms(connection: Connection, terms: LinkTerms): Promise<RegisteredTerms> {
  const registered = await findRegisteredTerms(connection, terms);
  if (registered) return registered;
  throw new Refusal({
    code: "LINK_NOT_POSSIBLE",
    detail:
      "The giving party has no dataset of these words with this purpose registered: GET /v1/parties/<id>/datasets " +
      "lists what it has, and the CA's operator registers others (kazasu party add --datasets).",
  });
}
