import type { Configuration } from "./configuration.ts";

/** The addresses written into certificates: where the world finds their status and their issuer. */
export const statusUrls = (
  configuration: Configuration,
): { crl: string; ocsp: string; caIssuers: string } => ({
  crl: `${configuration.KAZASU_CRL_URL}/issuing.crl`,
  ocsp: configuration.KAZASU_OCSP_URL,
  caIssuers: `${configuration.KAZASU_CRL_URL}/issuing.cer`,
});
