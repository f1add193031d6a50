import { describe, test } from "@jest/globals";
import { judgeTransactions } from "./judging.ts";
import { askProgram } from "./programs.ts";

/** It knows chains and CRLs, and neither OCSP nor CMS: what it says is whether the signer is good while it looks. */

const program = process.env["KAZASU_WEBPKI_JUDGE"];

if (program) {
  judgeTransactions([
    {
      name: "rustls-webpki 0.103.17, depth Chain, unknown status denied",
      ask: (directory) => askProgram(program, [], directory),
      takes: ({ source, flaw }) => source === "CRL" && flaw !== "tampered",
      limits: [
        {
          of: ({ standing, published }) => standing === "before" && published !== "at once",
          why: "rustls-webpki 0.103.17 reads no revocationDate: revoked now is revoked (crl: RevocationOptions::check)",
          word: /CertRevoked/,
        },
      ],
    },
  ]);
} else
  describe("rustls-webpki", () =>
    test.skip("it is left out: there is no cargo of 1.78 or later here", () => {}));
