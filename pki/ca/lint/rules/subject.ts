import { tags } from "../../../der/cursor.ts";
import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";
import type { SubjectAttribute } from "../subject.ts";

/** X.520 attribute types that a subscriber's subject may have. */
const attributeTypes = {
  countryName: "2.5.4.6",
  commonName: "2.5.4.3",
  surname: "2.5.4.4",
  givenName: "2.5.4.42",
  serialNumber: "2.5.4.5",
  pseudonym: "2.5.4.65",
} as const;

type Part = keyof typeof attributeTypes;

/** Upper bounds in characters: RFC 5280 appendix A.1, or X.520 if it is stricter. */
const limits: Partial<Record<Part, number>> = {
  countryName: 2,
  commonName: 64,
  surname: 64,
  givenName: 64,
  serialNumber: 64,
  pseudonym: 128,
};

const attributesOf = ({ subject }: Specimen): SubjectAttribute[] => subject.flat();

const valuesOf = (specimen: Specimen, part: Part): string[] =>
  attributesOf(specimen)
    .filter(({ type }) => type === attributeTypes[part])
    .map(({ text }) => text);

const isPrintable = ({ tag, text }: SubjectAttribute): boolean =>
  tag === tags.printableString && /^[A-Za-z0-9 '()+,\-./:=?]+$/.test(text);

const isUtf8 = ({ tag, text }: SubjectAttribute): boolean =>
  tag === tags.utf8String && text !== "" && !/\p{Cc}/u.test(text);

/** Rules on the subject, including those of the profile. */
export const subjectRules: readonly Rule[] = [
  {
    id: "subject-rdns",
    source: "RFC 5280 §4.1.2.4: RelativeDistinguishedName ::= SET SIZE (1..MAX)",
    check: ({ subject }) =>
      subject.length > 0 && subject.every((rdn) => rdn.length === 1)
        ? undefined
        : "The subject has an RDN that is empty or has several attributes.",
  },
  {
    id: "subject-once",
    source: "ETSI EN 319 412-2 NAT-4.2.4-1 and NAT-4.2.4-3",
    check: (specimen) => {
      const needed = (["countryName", "commonName", "serialNumber"] as const).filter(
        (part) => valuesOf(specimen, part).length !== 1,
      );
      if (needed.length > 0) return `The subject does not have exactly one ${needed.join(", one ")}.`;
      const types = attributesOf(specimen).map(({ type }) => type);
      return new Set(types).size === types.length ? undefined : "The subject has an attribute twice.";
    },
  },
  {
    id: "subject-country",
    source: "ETSI EN 319 412-2 §4.2.4, ISO 3166-1 alpha-2, the profile",
    check: (specimen) =>
      valuesOf(specimen, "countryName").every((country) => country === specimen.context.profile.country)
        ? undefined
        : `The country is not ${specimen.context.profile.country}.`,
  },
  {
    id: "pseudonym-alone",
    source: "ETSI EN 319 412-2 NAT-4.2.4-4, RFC 3739 §3.1.2",
    check: (specimen) =>
      valuesOf(specimen, "pseudonym").length > 0 &&
      valuesOf(specimen, "surname").length + valuesOf(specimen, "givenName").length > 0
        ? "The subject has a pseudonym and a surname or givenName."
        : undefined,
  },
  {
    id: "subject-of-profile",
    source: "the profile; ETSI EN 319 412-2 NAT-4.2.4-1",
    check: (specimen) => {
      const { profile } = specimen.context;
      const known = ["countryName" as const, ...profile.subject].map((part) => attributeTypes[part]);
      const types = attributesOf(specimen).map(({ type }) => type);
      if (!types.every((type) => known.some((one) => one === type)))
        return "The subject has an attribute that is not of its profile.";
      const count = (part: Part) => valuesOf(specimen, part).length;
      const isNamed = count("surname") > 0 && count("givenName") > 0;
      return count("pseudonym") > 0 || isNamed
        ? undefined
        : "The subject has neither a pseudonym nor surname and givenName.";
    },
  },
  {
    id: "subject-agrees-with-itself",
    source: "the profile: one pseudonym, one name",
    check: (specimen) => {
      const { profile } = specimen.context;
      const [commonName] = valuesOf(specimen, "commonName");
      const [pseudonym] = valuesOf(specimen, "pseudonym");
      const [serialNumber = pseudonym] = valuesOf(specimen, "serialNumber");
      const [surname] = valuesOf(specimen, "surname");
      const [givenName] = valuesOf(specimen, "givenName");
      const isOnePseudonym =
        (pseudonym === undefined || pseudonym === serialNumber) &&
        (profile.attributes !== undefined || commonName === undefined || commonName === serialNumber);
      const isOneName =
        surname === undefined ||
        givenName === undefined ||
        // An alias or a former surname in brackets belongs to neither.
        (commonName === `${surname}\u3000${givenName}` && !/[\p{Ps}\p{Pe}]/u.test(commonName));
      return isOnePseudonym && isOneName ? undefined : "Parts of the subject contradict each other.";
    },
  },
  {
    id: "subject-string-types",
    source: "RFC 5280 §4.1.2.4 and appendix A.1",
    check: (specimen) => {
      const printable: string[] = [attributeTypes.countryName, attributeTypes.serialNumber];
      const isRight = (attribute: SubjectAttribute) =>
        printable.includes(attribute.type) ? isPrintable(attribute) : isUtf8(attribute);
      return attributesOf(specimen).every(isRight)
        ? undefined
        : "A string of the subject is empty, in the wrong ASN.1 type, or has characters outside that type.";
    },
  },
  {
    id: "subject-lengths",
    source: "RFC 5280 appendix A.1, ITU-T X.520 annex C",
    check: (specimen) => {
      const tooLong = (Object.entries(limits) as [Part, number][]).flatMap(([part, limit]) =>
        valuesOf(specimen, part).some((value) => Array.from(value).length > limit) ? [part] : [],
      );
      return tooLong.length === 0 ? undefined : `Too long: ${tooLong.join(", ")}.`;
    },
  },
];
