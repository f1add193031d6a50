import { type AuthorityOptions, openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";

/** The CA of a folder, a development one where there is none yet: its generation that issues. */
export async function ensureAuthority(options: Omit<AuthorityOptions, "development">): Promise<Authority> {
  return (await openAuthorities({ ...options, development: true })).active;
}
