import { judgeTransactions } from "./judging.ts";
import { judgeWithOpenssl } from "./openssl.ts";

judgeTransactions([
  {
    name: "OpenSSL 3, cms -verify -crl_check_all, or ocsp and its Revocation Time",
    ask: judgeWithOpenssl,
    limits: [
      {
        of: ({ standing, source, published }) =>
          standing === "before" && source === "CRL" && published !== "at once",
        why: "OpenSSL 3 refuses on any entry of a CRL, whatever its revocationDate and -attime (crypto/x509/x509_vfy.c: cert_crl)",
        word: /certificate revoked/,
      },
    ],
  },
]);
