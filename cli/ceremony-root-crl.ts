import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { orRefused } from "./ceremony-refusal.ts";
import { makeTokens, passphraseOf } from "./ceremony-secrets.ts";
import { askSecret } from "./secret.ts";
import { softwareVersion } from "./software-version.ts";

interface PlanOptions {
  config: string;
  generation: string;
  revoke?: string;
  reason?: string;
}

interface HoldOptions {
  config: string;
  statement: string;
  approval: string[];
  passphraseFile?: string;
  pinFile?: string;
}

/** `kazasu ceremony root-crl`: a root's next CRL, with the approval of its operators. */
export function rootCrlCommand(ceremony: Command): void {
  const rootCrl = ceremony
    .command("root-crl")
    .description(
      "renew the CRL of a root, once a year, or revoke an issuing CA: plan, approve (as for a ceremony), hold",
    );

  rootCrl
    .command("plan")
    .description("print the statement of the CRL that would be signed, for each operator to read")
    .requiredOption(
      "--config <file>",
      "a ceremony's configuration, YAML: the folder of keys and the operators",
    )
    .requiredOption("--generation <id>", "the generation below the root: g1, g2, …")
    .option("--revoke <id>", "permanently revoke the issuing CA of this generation")
    .option("--reason <reason>", "why: cACompromise, superseded, cessationOfOperation or unspecified")
    .addHelpText("after", "\nPrints the exact statement on stdout, and its SHA-256 on stderr.")
    .action((options: PlanOptions) => orRefused("root-crl plan", () => plan(options)));

  rootCrl
    .command("hold")
    .description("sign the approved CRL with the root's key, and a report of it")
    .requiredOption("--config <file>", "the configuration used for the plan")
    .requiredOption("--statement <file>", "the approved statement")
    .requiredOption("--approval <file...>", "the approvals")
    .option("--passphrase-file <file>", "of software keys, mode 0600 (default: asks)")
    .option("--pin-file <file>", "the PIN of the root's token, mode 0600 (default: asks)")
    .addHelpText("after", "\nExit codes: 0 signed, 1 failed or misused, 2 refused before the key was used.")
    .action((options: HoldOptions) => orRefused("root-crl hold", () => hold(options)));
}

async function plan({ config: path, generation, revoke, reason }: PlanOptions): Promise<void> {
  const { fingerprint } = await import("../pki/ca/ceremony/approvals.ts");
  const { readCeremonyConfig } = await import("../pki/ca/ceremony/config.ts");
  const { CeremonyRefused } = await import("../pki/ca/ceremony/refused.ts");
  const { reasonToRevokeCa, writeRootCrlStatement } = await import(
    "../pki/ca/ceremony/root-crl-statement.ts"
  );
  const why = reasonToRevokeCa.safeParse(reason);
  if ((revoke === undefined) !== (reason === undefined) || (revoke !== undefined && !why.success))
    throw new CeremonyRefused(
      `Give --revoke and --reason together; a reason is one of ${reasonToRevokeCa.options.join(", ")}.`,
    );
  const text = await readFile(path, "utf8");
  const config = await readCeremonyConfig(text);
  const revoked = revoke !== undefined && why.success ? [{ generation: revoke, reason: why.data }] : [];
  const software = await softwareVersion();
  const statement = await writeRootCrlStatement(text, config, generation, software, revoked);
  process.stdout.write(statement);
  console.error(`\nSHA-256 of the statement: ${fingerprint(statement)}`);
}

async function hold(options: HoldOptions): Promise<void> {
  const { holdRootCrl } = await import("../pki/ca/ceremony/hold-root-crl.ts");
  const tokens = makeTokens(() => ({ file: options.pinFile, option: "--pin-file" }));
  try {
    const { folder, number, report } = await holdRootCrl({
      config: await readFile(options.config, "utf8"),
      statement: await readFile(options.statement, "utf8"),
      approvals: await Promise.all(
        options.approval.map(async (path) => (await readFile(path, "utf8")).trim()),
      ),
      software: await softwareVersion(),
      passphrase: passphraseOf(options.passphraseFile, askSecret),
      openKeyStore: (reference) => tokens.open(reference),
      clock: () => new Date(),
    });
    console.log(
      `The CRL ${number} of the root of ${report.generation} is in ${folder}. Its SHA-256: ${report.rootCrl.sha256}`,
    );
  } finally {
    await tokens.close();
  }
}
