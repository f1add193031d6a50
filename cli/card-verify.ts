import type { Command } from "commander";

const EXIT_CODES = { good: 0, refused: 2, unreadable: 3 };

const EXIT_HELP = `
Exit codes:
  0  the signature is good (code OK)
  1  the command line is misused
  2  the signature is refused; code and reason say why
  3  the question cannot be asked: a file is unreadable, a trust anchor or the time is malformed`;

interface Options {
  cms: string;
  content?: string;
  anchor?: string[];
  crl?: string;
  at?: string;
  json?: true;
}

/** `kazasu card verify`: what the engine thinks of a card's signature, and why. */
export function verifyCommand(card: Command): void {
  card
    .command("verify")
    .description("verify a card's CMS signature as the engine does, and say why when it is refused")
    .requiredOption("--cms <file>", "CMS SignedData, DER or PEM")
    .option("--content <file>", "the signed content, when it is not inside the CMS")
    .option("--anchor <pem...>", "trusted CA certificates, PEM or DER (default: the public JPKI CAs)")
    .option("--crl <file>", "CRL of the issuing CA, DER or PEM; without it nothing is said about revocation")
    .option("--at <time>", "ISO 8601 time at which the certificates must be valid (default: now)")
    .option(
      "--json",
      "print { ok, code, reason, certificate, attributes, anchor, at, revocationChecked } on stdout",
    )
    .addHelpText("after", EXIT_HELP)
    .action(async ({ json, ...question }: Options) => {
      const { humanReport, makeReport, QuestionError } = await import("./card-report.ts");
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
