import type { Configuration } from "./configuration.ts";

/** The URLs in certificates: of their status and their issuer. */
export function statusUrls(configuration: Configuration): {
  crlBase: string;
  ocsp: string;
  caIssuersBase: string;
  cps?: string;
} {
  const base = configuration.KAZASU_CRL_URL.replace(/\/+$/, "");
  const { KAZASU_OCSP_URL: ocsp, KAZASU_CPS_URL: cps } = configuration;
  return { crlBase: base, ocsp, caIssuersBase: base, ...(cps === undefined ? {} : { cps }) };
}
