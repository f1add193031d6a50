import { type Cursor, NotDer, readDer } from "../../der/cursor.ts";
import { crlDistributionPoints } from "../../x509/distribution-point.ts";
import type { ExtensionType } from "../../x509/extension.ts";
import { authorityInfoAccess } from "../../x509/information-access.ts";
import { authorityKeyIdentifier, subjectKeyIdentifier } from "../../x509/key-identifier.ts";
import { policyInformation } from "../../x509/policies.ts";
import { qcStatements } from "../../x509/qc-statements.ts";
import { subjectDirectoryAttributes } from "../../x509/subject-directory-attributes.ts";
import { basicConstraints, keyUsage } from "../../x509/usage.ts";
import type { Specimen } from "./specimen.ts";

/** The extensions that a subscriber's certificate may have, with their content types. */
export const contents = {
  authorityKeyIdentifier,
  subjectKeyIdentifier,
  keyUsage: { oid: keyUsage.oid, read: writtenBits },
  basicConstraints,
  certificatePolicies: policyInformation,
  crlDistributionPoints,
  authorityInfoAccess,
  subjectDirectoryAttributes,
  qcStatements,
} as const satisfies Record<string, ExtensionType<unknown>>;

type Contents = { [Name in keyof typeof contents]: ReturnType<(typeof contents)[Name]["read"]> };

/** The bits as encoded, including trailing zeros: "11". The rule `key-usage` checks their values. */
function writtenBits(cursor: Cursor): string {
  const { bytes, unused } = cursor.bitString();
  const digits = Array.from(bytes, (octet) => octet.toString(2).padStart(8, "0")).join("");
  return digits.slice(0, digits.length - unused);
}

/** The content of an extension; `undefined` if it is absent, or is not DER of its type. */
export function contentOf<Name extends keyof Contents>(
  { parts }: Specimen,
  name: Name,
): Contents[Name] | undefined {
  const { oid, read } = contents[name] as ExtensionType<Contents[Name]>;
  const found = parts.extensions.find((extension) => extension.oid === oid);
  try {
    return found && readDer(found.value, `extension ${oid}`, read);
  } catch (error) {
    if (error instanceof NotDer) return undefined;
    throw error;
  }
}

/**
 * Checks the content of an extension. Content that is not DER of its type is skipped here: the rule `extension-content-der`
 * reports it for each of {@link contents}.
 * @param absent the finding if the extension is absent
 */
export function checkContent<Name extends keyof Contents>(
  specimen: Specimen,
  name: Name,
  absent: string | undefined,
  check: (content: Contents[Name]) => string | undefined,
): string | undefined {
  if (specimen.parts.extensions.every(({ oid }) => oid !== contents[name].oid)) return absent;
  const content = contentOf(specimen, name);
  return content === undefined ? undefined : check(content);
}
