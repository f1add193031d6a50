import type { AttributeName } from "../../protocol/names.ts";

/** The attributes in the profile `attribute`. A move does not change them: no certificate has an address. */
export const carriedAttributes: readonly AttributeName[] = ["name", "dateOfBirth", "sex"];
