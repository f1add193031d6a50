import type { Certificate } from "../certificate.ts";
import type { GeneralName } from "../general-name.ts";
import type { NameConstraints } from "../name-constraints.ts";
import { pathFacts } from "./facts.ts";
import type { Budget } from "./limits.ts";
import { relationTo } from "./subtree.ts";

/** Name forms with supported constraints; a name of another form under a constraint of that form is refused. */
const forms: Record<GeneralName["form"], string> = {
  directoryName: "a directory name",
  rfc822Name: "a mail address",
  dNSName: "a host name",
  uniformResourceIdentifier: "a URI",
  iPAddress: "an IP address",
  otherName: "a name of another form",
  registeredID: "a name of another form",
  x400Address: "a name of another form",
  ediPartyName: "a name of another form",
};

/** Attribute type of a mail address in a name (RFC 5280 §4.1.2.6). */
const emailAddress = "1.2.840.113549.1.9.1";

/** The names of a certificate to which constraints apply: subject, mail addresses in it, alternative names. */
function namesOf(certificate: Certificate): GeneralName[] {
  const { subject } = certificate;
  const names: GeneralName[] = [...pathFacts(certificate).altNames];
  if (subject.rdns.length > 0) names.push({ form: "directoryName", name: subject });
  for (const text of subject.valuesOf(emailAddress)) names.push({ form: "rfc822Name", text });
  return names;
}

/**
 * The violation of a CA's name constraints (RFC 5280 §6.1.3 b, c), checked for each CA separately: a name must be in a
 * permitted subtree of every CA that has one of its form, and in no excluded one. Undefined if there is none.
 * @throws LimitReached
 */
export function constraintBroken(
  certificate: Certificate,
  constraints: readonly NameConstraints[],
  budget: Budget,
): string | undefined {
  if (constraints.length === 0) return undefined;
  const names = namesOf(certificate);
  for (const { permitted, excluded } of constraints) {
    budget.spend("comparisons", names.length * (permitted.length + excluded.length));
    for (const name of names) {
      const ofForm = (subtrees: readonly GeneralName[]) => subtrees.filter(({ form }) => form === name.form);
      const allowed = ofForm(permitted).map((subtree) => relationTo(name, subtree, false));
      const denied = ofForm(excluded).map((subtree) => relationTo(name, subtree, true));
      if ([...allowed, ...denied].includes("undecidable"))
        return `A constraint on ${forms[name.form]} cannot be applied.`;
      if (denied.includes("within")) return `${capital(forms[name.form])} is in an excluded subtree.`;
      if (allowed.length > 0 && !allowed.includes("within"))
        return `${capital(forms[name.form])} lies in none of the permitted subtrees.`;
    }
  }
  return undefined;
}

const capital = (text: string): string => text.replace(/^./, (first) => first.toUpperCase());
