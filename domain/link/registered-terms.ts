import type { LinkTerms } from "../../protocol/link.ts";
import type { Connection } from "../../registry/database.ts";
import { findRegisteredTerms, type RegisteredTerms } from "../../registry/link/datasets.ts";
import { Refusal } from "../refusal.ts";

/**
 * The terms in the registered words of the giving party. They are the only text of one party's app that reaches the other
 * party's app, so other words, which could identify the person to both, are refused (docs/decisions/0033).
 * @throws Refusal LINK_NOT_POSSIBLE
 */
export async function registeredTerms(connection: Connection, terms: LinkTerms): Promise<RegisteredTerms> {
  const registered = await findRegisteredTerms(connection, terms);
  if (registered) return registered;
  throw new Refusal({
    code: "LINK_NOT_POSSIBLE",
    detail:
      "The giving party has registered no dataset with these words and this purpose: GET /v1/parties/<id>/datasets " +
      "lists its datasets, and the CA's operator registers others (kazasu party add --datasets).",
  });
}
