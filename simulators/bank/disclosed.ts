import { z } from "zod";
import type { Authority } from "../party/authority.ts";

const disclosed = z.object({
  sub: z.string().min(1).max(256),
  consentId: z.uuid(),
  anchorVersion: z.number().int().min(1),
  attributes: z.object({
    name: z.string().max(1_000).optional(),
    address: z.string().max(1_000).optional(),
    dateOfBirth: z.string().max(32).optional(),
    sex: z.string().max(16).optional(),
  }),
});

/** The consented attributes of a person as the CA disclosed them; what is not consented is absent. */
export type Disclosed = z.infer<typeof disclosed>;

/**
 * Fetches the attributes that a person consented to. The URL is always that of the known CA, never one from an event, so that
 * the bank's token is not sent elsewhere.
 * @throws AuthorityRefusal, with code CONSENT_NOT_IN_FORCE if the person has withdrawn; Error for an invalid answer
 */
export async function fetchDisclosed(authority: Authority, consentId: string): Promise<Disclosed> {
  const answer = await authority.call(
    "GET",
    `${authority.gateway}/v1/attributes?consent=${encodeURIComponent(consentId)}`,
  );
  const { data } = disclosed.safeParse(answer);
  if (data === undefined || data.consentId !== consentId)
    throw new Error("The CA's attributes do not have the shape agreed on: compare the two versions.");
  return data;
}
