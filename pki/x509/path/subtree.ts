import type { GeneralName } from "../general-name.ts";
import { isWithin } from "../name.ts";

/** The relation of a name to a subtree. "undecidable": the rule for this form, or this name or subtree, cannot be applied. */
export type Relation = "within" | "outside" | "undecidable";

const relation = (within: boolean | undefined): Relation =>
  within === undefined ? "undecidable" : within ? "within" : "outside";

/** The longest compared name: far longer than hosts, mailboxes and URIs, and a limit on the cost of a comparison. */
const longest = 2_048;
const isTooLong = (name: GeneralName): boolean => "text" in name && name.text.length > longest;

/**
 * Whether a name is in a subtree of its form (RFC 5280 §4.2.1.10). `excluded`: a wildcard is in it if it may match a name that
 * is.
 */
export function relationTo(name: GeneralName, subtree: GeneralName, excluded: boolean): Relation {
  if (isTooLong(name) || isTooLong(subtree)) return "undecidable";
  if (name.form === "directoryName" && subtree.form === "directoryName")
    return relation(isWithin(name.name, subtree.name));
  if (name.form === "dNSName" && subtree.form === "dNSName")
    return relation(dnsWithin(name.text, subtree.text, excluded));
  if (name.form === "rfc822Name" && subtree.form === "rfc822Name")
    return relation(mailWithin(name.text, subtree.text));
  if (name.form === "uniformResourceIdentifier" && subtree.form === "uniformResourceIdentifier")
    return relation(uriWithin(name.text, subtree.text));
  if (name.form === "iPAddress" && subtree.form === "iPAddress")
    return relation(addressWithin(name.octets, subtree.octets));
  return "undecidable";
}

const hostPattern = /^(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i;

/** A host name in lower case; undefined if invalid. A final dot is ignored. */
function hostOf(text: string): string | undefined {
  const host = text.endsWith(".") ? text.slice(0, -1) : text;
  return host.length <= 253 && hostPattern.test(host) ? host.toLowerCase() : undefined;
}

/** `example.org` contains itself and everything below it; an empty subtree contains every host. */
function dnsWithin(text: string, subtree: string, excluded: boolean): boolean | undefined {
  const wildcard = text.startsWith("*.");
  const host = hostOf(wildcard ? text.slice(2) : text);
  if (host === undefined) return undefined;
  if (subtree === "") return true;
  const base = hostOf(subtree);
  if (base === undefined) return undefined;
  if (host === base || host.endsWith(`.${base}`)) return true;
  // `*.example.org` also matches `www.example.org`, which may be excluded.
  return wildcard && excluded && base.endsWith(`.${host}`);
}

/** A host constraint for mail and URIs in RFC 5280: `example.org` is only itself, `.example.org` everything below it. */
function hostWithin(host: string, subtree: string): boolean | undefined {
  const below = subtree.startsWith(".");
  const base = hostOf(below ? subtree.slice(1) : subtree);
  if (base === undefined) return undefined;
  return below ? host.endsWith(`.${base}`) : host === base;
}

function mailWithin(text: string, subtree: string): boolean | undefined {
  const mailbox = mailboxOf(text);
  if (!mailbox) return undefined;
  if (!subtree.includes("@")) return subtree === "" ? true : hostWithin(mailbox.host, subtree);
  const base = mailboxOf(subtree);
  return base && mailbox.local === base.local && mailbox.host === base.host;
}

/** Local part and host of a mailbox. A quoted local part could hide an "@", and is not parsed. */
function mailboxOf(text: string): { local: string; host: string } | undefined {
  const [local, domain, ...more] = text.split("@", 3);
  const host = domain === undefined ? undefined : hostOf(domain);
  if (!local || host === undefined || more.length > 0 || /["\\\s]/.test(local)) return undefined;
  return { local, host };
}

/** A URI without a domain name as host is undecidable (RFC 5280 §4.2.1.10: it must be refused). */
function uriWithin(text: string, subtree: string): boolean | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(text)?.[1];
  const host =
    authority === undefined ? undefined : hostOf(authority.replace(/^[^@]*@/, "").replace(/:\d*$/, ""));
  if (host === undefined || /^[0-9.]+$/.test(host)) return undefined;
  return hostWithin(host, subtree);
}

/** A subtree is an address and a mask of equal width; an address of the other IP version is outside. */
function addressWithin(address: Uint8Array, subtree: Uint8Array): boolean | undefined {
  const width = subtree.length / 2;
  if (![4, 16].includes(address.length) || ![4, 16].includes(width)) return undefined;
  const mask = subtree.subarray(width);
  if (!isPrefix(mask)) return undefined;
  if (address.length !== width) return false;
  return address.every((octet, index) => {
    const bits = mask[index] as number;
    return (octet & bits) === ((subtree[index] as number) & bits);
  });
}

/** Ones, then zeros (RFC 4632). */
function isPrefix(mask: Uint8Array): boolean {
  let ended = false;
  for (const octet of mask) {
    const zeros = ~octet & 0xff;
    if ((ended && octet !== 0) || (zeros & (zeros + 1)) !== 0) return false;
    ended ||= zeros !== 0;
  }
  return true;
}
