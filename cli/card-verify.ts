import type { Command } from "commander";

const EXIT_CODES = { good: 0, refused: 2, unreadable: 3 };

const EXIT_HELP = `
Exit codes:
  0  the signature is good (code OK)
  1  the command line is misused
  2  the signature is refused; code and reason say why
  3  not verifiable: a file is unreadable or of another kind, a trust anchor or the time is malformed`;

interface Options {
  cms: string;
  content?: string;
  anchor?: string[];
  crl?: string;
  at?: string;
  json?: true;
}

/** `kazasu card verify`: the engine's verification of a card's signature, with the reason. */
export function verifyCommand(card: Command): void {
  card
    .command("verify")
    .description("verify a card's CMS signature as the engine does, and give the reason if it is refused")
    .requiredOption("--cms <file>", "CMS SignedData, DER, PEM or base64")
    .option("--content <file>", "the signed content, if it is detached")
    .option("--anchor <pem...>", "trusted CA certificates, PEM or DER (default: the public JPKI CAs)")
    .option("--crl <file>", "CRL of the issuing CA, DER, PEM or base64; without it revocation is not checked")
    .option(
      "--at <time>",
      "time at which the certificates must be valid, ISO 8601 with a zone; a date alone is its start in Japan (default: now)",
    )
    .option(
      "--json",
      "print { ok, code, reason, certificate, attributes, anchor, at, zone, revocationChecked } on stdout",
    )
    .addHelpText("after", EXIT_HELP)
    .action(async ({ json, ...question }: Options) => {
      const { QuestionError } = await import("./card-question.ts");
      const { humanReport, makeReport } = await import("./card-report.ts");
      try {
        const report = makeReport(question);
        console.log(json ? JSON.stringify(report) : humanReport(report));
        process.exitCode = report.ok ? EXIT_CODES.good : EXIT_CODES.refused;
      } catch (error) {
        if (!(error instanceof QuestionError)) throw error;
        console.error(`kazasu card verify: ${error.message}`);
        process.exitCode = EXIT_CODES.unreadable;
      }
    });
}
