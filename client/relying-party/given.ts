import { NotDer } from "../../pki/der/cursor.ts";
import { type Certificate, readCertificate } from "../../pki/x509/certificate.ts";
import { BadCertificate } from "../../pki/x509/extension.ts";

/**
 * Parses certificates that the caller trusts or keeps. An error in them is the caller's: it must not be reported as a fault of
 * the person's signature.
 * @param name the option's name, for the message
 * @throws TypeError unless it is an array of certificates in DER
 */
export function givenCertificates(name: string, given: unknown): Certificate[] {
  if (!Array.isArray(given)) throw new TypeError(`Give ${name} as an array of certificates in DER.`);
  return given.map((each: unknown, index) => {
    const item = `${name}[${index}]`;
    if (!ArrayBuffer.isView(each))
      throw new TypeError(`Give ${item} as the DER of a certificate (Uint8Array).`);
    const der = new Uint8Array(each.buffer, each.byteOffset, each.byteLength);
    try {
      return readCertificate(der);
    } catch (cause) {
      if (!(cause instanceof NotDer || cause instanceof BadCertificate)) throw cause;
      const isPem = String.fromCharCode(...der.subarray(0, 10)) === "-----BEGIN";
      const why = isPem ? "it is PEM: in Node, new X509Certificate(pem).raw has the DER." : cause.message;
      throw new TypeError(`${item} is not the DER of a certificate: ${why}`, { cause });
    }
  });
}

/** @throws TypeError if it is not a valid Date */
export function requireMoment(name: string, given: unknown): void {
  if (!(given instanceof Date) || Number.isNaN(given.getTime()))
    throw new TypeError(`Give ${name} as a valid Date.`);
}
