import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { describeCrl } from "../pki/crl/describe.ts";
import { anchorsFromPem, type TrustAnchor } from "../pki/jpki/trust-anchors.ts";
import { QuestionError } from "./card-question.ts";

type Kind = "CMS" | "CRL" | "certificate" | "certificate request" | "private key" | "public key";

/** PEM labels (RFC 7468), and those that OpenSSL writes or has written. */
const kinds: Record<string, Kind> = {
  CMS: "CMS",
  PKCS7: "CMS",
  "PKCS #7 SIGNED DATA": "CMS",
  "X509 CRL": "CRL",
  CRL: "CRL",
  CERTIFICATE: "certificate",
  "X509 CERTIFICATE": "certificate",
  "CERTIFICATE REQUEST": "certificate request",
  "NEW CERTIFICATE REQUEST": "certificate request",
  "PRIVATE KEY": "private key",
  "ENCRYPTED PRIVATE KEY": "private key",
  "PUBLIC KEY": "public key",
};

const block = /-----BEGIN ([A-Z0-9 #.]{1,64})-----([^-]*)-----END \1-----/g;

export function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new QuestionError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Check the path.`,
    );
  }
}

/**
 * Reads a CMS or a CRL as DER: from DER, from its first PEM block of that kind (RFC 7468), or from base64 alone. What is
 * neither of these, and no other kind that is known, is returned as it is, for the verifier to judge.
 *
 * Throws {@link QuestionError} where the file cannot be read, or is of another kind, which is named.
 */
export function readDer(file: string, wanted: "CMS" | "CRL"): Uint8Array {
  const bytes = readBytes(file);
  const text = textOf(bytes);
  const der = text?.includes("-----BEGIN ") ? pemBlock(file, text, wanted) : (base64(text ?? "") ?? bytes);
  if (reads(() => new X509Certificate(der))) throw ofOtherKind(file, "certificate", wanted);
  if (wanted === "CMS" && reads(() => describeCrl(der))) throw ofOtherKind(file, "CRL", wanted);
  return der;
}

/** Reads the certificates of a PEM file, or the one of a DER file. */
export function readAnchors(file: string): TrustAnchor[] {
  const bytes = readBytes(file);
  try {
    const text = textOf(bytes);
    return anchorsFromPem([text?.includes("-----BEGIN") ? text : new X509Certificate(bytes).toString()]);
  } catch (error) {
    throw new QuestionError(`${file} is no trust anchor: ${(error as Error).message}`);
  }
}

/** `undefined` for what is no text: DER may well hold text that is PEM. */
function textOf(bytes: Buffer): string | undefined {
  const isText = bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  return isText ? bytes.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "") : undefined;
}

function pemBlock(file: string, text: string, wanted: "CMS" | "CRL"): Uint8Array {
  const blocks = [...text.matchAll(block)].map(([, label = "", body = ""]) => ({ label, body }));
  const [first] = blocks;
  if (first === undefined) throw new QuestionError(`${file} begins as PEM and has no end; it was cut off.`);
  const found = blocks.find(({ label }) => kinds[label] === wanted);
  if (found === undefined) throw ofOtherKind(file, kinds[first.label] ?? `"${first.label}"`, wanted);
  const der = base64(found.body);
  if (der === undefined)
    throw new QuestionError(`The PEM in ${file} is not base64 of DER; it was changed or cut off.`);
  return der;
}

/** `undefined` where the text is no base64, or not of DER. */
function base64(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s+/g, "").replace(/={1,2}$/, "");
  // DER of what is read here begins with a SEQUENCE, 0x30.
  if (!/^M[A-P][A-Za-z0-9+/]+$/.test(digits) || digits.length % 4 === 1) return undefined;
  return new Uint8Array(Buffer.from(digits, "base64"));
}

function reads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

const ofOtherKind = (file: string, kind: string, wanted: string): QuestionError =>
  new QuestionError(`${file} holds a ${kind}, not a ${wanted}. Give the file with the ${wanted}.`);
