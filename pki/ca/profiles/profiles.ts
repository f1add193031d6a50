import { attribute } from "./attribute.ts";
import { basic } from "./basic.ts";
import { type Profile, profileHash } from "./profile.ts";

export type ProfileName = "basic" | "attribute";

/** The newest version of each profile, by name, for new intents. */
export const profiles = { basic, attribute } as const satisfies Record<ProfileName, Profile>;

/** Every version ever used: add a new one in front, and remove none. */
export const allProfiles: readonly Profile[] = [basic, attribute];

const byHash = new Map(allProfiles.map((profile) => [profileHash(profile), profile]));

/** The exact profile of an intent. Throws if this release does not have it. */
export function profileByHash(hash: string): Profile {
  const found = byHash.get(hash);
  if (found) return found;
  throw new Error(
    `There is no certificate profile with the hash ${hash}: keep the old version when a profile is changed.`,
  );
}
