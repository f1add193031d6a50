import type { AttributeName } from "../../protocol/names.ts";

/** What the profile `attribute` carries of the four; a move leaves it true, because no certificate has an address. */
export const carriedAttributes: readonly AttributeName[] = ["name", "dateOfBirth", "sex"];
