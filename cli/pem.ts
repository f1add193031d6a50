/** PEM (RFC 7468) of DER bytes: base64 in lines of 64 between the label's lines. */
export function pem(label: "CERTIFICATE" | "X509 CRL" | "PRIVATE KEY", der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
