import { X509Certificate } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { describeCrl } from "../pki/crl/describe.ts";
import { anchorsFromPem, type TrustAnchor } from "../pki/jpki/trust-anchors.ts";
import { QuestionError } from "./card-question.ts";

type Kind = "CMS" | "CRL" | "certificate" | "certificate request" | "private key" | "public key";

/** PEM labels (RFC 7468), and others written by versions of OpenSSL. */
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

const MiB = 1_048_576;
/** Far above the size of any accepted file of the kind, in any encoding. */
const largest = { CMS: MiB, CRL: 256 * MiB, content: 64 * MiB, certificates: 4 * MiB };

/**
 * Reads a whole file, up to the limit of its kind.
 * @throws QuestionError
 */
export function readBytes(file: string, kind: keyof typeof largest): Buffer {
  try {
    return readAtMost(file, largest[kind]);
  } catch (error) {
    if (error instanceof QuestionError) throw error;
    throw new QuestionError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Check the path.`,
    );
  }
}

function readAtMost(file: string, most: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    // One byte more than its size shows that the file has grown, or has no size, such as a pipe.
    const bytes = Buffer.allocUnsafe(Math.min(fstatSync(descriptor).size || most, most) + 1);
    let length = 0;
    let read: number;
    do {
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += read;
    } while (read > 0 && length < bytes.length);
    if (length > most)
      throw new QuestionError(`${file} is larger than ${most} bytes: it is not what is asked for.`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a CMS or a CRL as DER: from DER, from its only PEM block of that kind (RFC 7468), or from base64. The verifier checks
 * the content of the SEQUENCE.
 * @throws QuestionError if the file cannot be read, or contains something else, which is named if it is recognised
 */
export function readDer(file: string, wanted: "CMS" | "CRL"): Uint8Array {
  const bytes = readBytes(file, wanted);
  const text = textOf(bytes);
  const der = text?.includes("-----BEGIN ") ? pemBlock(file, text, wanted) : (base64(text ?? "") ?? bytes);
  if (der[0] !== sequence) throw new QuestionError(`${file} holds no ${wanted}: ${whatElse(bytes, text)}`);
  if (reads(() => new X509Certificate(der))) throw ofOtherKind(file, "certificate", wanted);
  if (wanted === "CMS" && reads(() => describeCrl(der))) throw ofOtherKind(file, "CRL", wanted);
  return der;
}

/** The first octet of every structure read here. */
const sequence = 0x30;

function whatElse(bytes: Buffer, text: string | undefined): string {
  if (bytes.length === 0) return "it is empty.";
  if (text && /^(MIME-Version|Content-Type):/im.test(text))
    return "it is an S/MIME message. Give its signature part (smime.p7m or smime.p7s), decoded.";
  if (text && /^[\w-]+={0,2}\s*$/.test(text) && /[-_]/.test(text))
    return "it looks like base64url. Decode it to DER first.";
  return "it is neither DER, PEM nor base64.";
}

/** Reads the certificates of a PEM file, or the one of a DER file. */
export function readAnchors(file: string): TrustAnchor[] {
  const bytes = readBytes(file, "certificates");
  try {
    const text = textOf(bytes);
    return anchorsFromPem([text?.includes("-----BEGIN") ? text : new X509Certificate(bytes).toString()]);
  } catch (error) {
    throw new QuestionError(`${file} is no trust anchor: ${(error as Error).message}`);
  }
}

/** `undefined` if it is not text: DER may contain text that is PEM. */
function textOf(bytes: Buffer): string | undefined {
  const isText = bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
  return isText ? bytes.toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "") : undefined;
}

function pemBlock(file: string, text: string, wanted: "CMS" | "CRL"): Uint8Array {
  const blocks = [...text.matchAll(block)].map(([, label = "", body = ""]) => ({ label, body }));
  const [first] = blocks;
  if (first === undefined) throw new QuestionError(`${file} begins as PEM and has no end; it was cut off.`);
  const [found, ...more] = blocks.filter(({ label }) => kinds[label] === wanted);
  if (more.length > 0)
    throw new QuestionError(`${file} holds ${more.length + 1} of them. Give one ${wanted} at a time.`);
  if (found === undefined) throw ofOtherKind(file, kinds[first.label] ?? `"${first.label}"`, wanted);
  const der = base64(found.body);
  if (der === undefined)
    throw new QuestionError(`The PEM in ${file} is not base64 of DER; it was changed or cut off.`);
  return der;
}

/** `undefined` if the text is not base64, or not of DER. */
function base64(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/\s+/g, "").replace(/={1,2}$/, "");
  // All DER read here begins with a SEQUENCE, 0x30.
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
