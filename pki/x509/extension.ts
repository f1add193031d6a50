import { type Cursor, NotDer, readDer, tags } from "../der/cursor.ts";

/** The certificate can be parsed, but violates a rule of X.509. */
export class BadCertificate extends Error {
  override name = "BadCertificate";
}

export interface Extension {
  critical: boolean;
  /** DER of the extension's own type. */
  value: Uint8Array;
}

export interface NamedExtension extends Extension {
  oid: string;
}

/** How to parse the value of one extension. */
export interface ExtensionType<T> {
  oid: string;
  /** Parses the value; {@link readDer} refuses anything after it. */
  read: (cursor: Cursor) => T;
}

/** Extensions (RFC 5280 §4.2): at least one, each once. @throws NotDer, BadCertificate */
export const readExtensions = (cursor: Cursor, tag: number = tags.sequence): Map<string, Extension> =>
  extensionsOnce(extensionList(cursor, tag));

/** Extensions in order: at least one, possibly repeated. @throws NotDer */
export function extensionList(cursor: Cursor, tag: number = tags.sequence): NamedExtension[] {
  const sequence = cursor.enter(tag);
  const extensions: NamedExtension[] = [];
  while (!sequence.ended) {
    const extension = sequence.enter();
    const oid = extension.objectIdentifier();
    const critical = extension.booleanOrFalse();
    const value = extension.octetString();
    extension.finish();
    extensions.push({ oid, critical, value });
  }
  if (extensions.length === 0) throw new NotDer("an empty list of extensions");
  return extensions;
}

/** Each extension by its object identifier. @throws BadCertificate if one is repeated */
export function extensionsOnce(list: readonly NamedExtension[]): Map<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const extension of list) {
    if (extensions.has(extension.oid))
      throw new BadCertificate(`The extension ${extension.oid} is repeated.`);
    extensions.set(extension.oid, extension);
  }
  return extensions;
}

/** The value of one extension; undefined if absent. @throws BadCertificate if it cannot be parsed */
export function readExtension<T>(
  extensions: ReadonlyMap<string, Extension>,
  type: ExtensionType<T>,
): T | undefined {
  const extension = extensions.get(type.oid);
  if (!extension) return undefined;
  try {
    return readDer(extension.value, `extension ${type.oid}`, type.read);
  } catch (error) {
    if (error instanceof NotDer) throw new BadCertificate(error.message, { cause: error });
    throw error;
  }
}
