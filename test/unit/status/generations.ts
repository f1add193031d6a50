import { join } from "node:path";
import { type Authorities, openAuthorities } from "../../../pki/ca/authorities.ts";
import type { Authority } from "../../../pki/ca/authority.ts";
import { passphrase } from "../ca/passphrase.ts";

/** A CA with two generations, of which the second issues. Each is a development CA of its own. */
export async function twoGenerations(directory: string): Promise<{
  authorities: Authorities;
  old: Authority;
  active: Authority;
}> {
  const open = (name: string) =>
    openAuthorities({ directory: join(directory, name), passphrase, name, development: true });
  const [first, second] = [await open("Old CA"), await open("New CA")];
  const active = { ...second.active, generation: "g2" };
  return { authorities: { active, all: [first.active, active] }, old: first.active, active };
}
