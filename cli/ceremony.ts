import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { decodeProtectedHeader } from "jose";
import { signApproval } from "../protocol/sign-approval.ts";
import { orRefused, refusedExitCode } from "./ceremony-refusal.ts";
import { rootCrlCommand } from "./ceremony-root-crl.ts";
import { makeTokens, passphraseOf } from "./ceremony-secrets.ts";
import { makeOperatorKey, readOperatorKey } from "./operator-key.ts";
import { askNewSecret } from "./secret.ts";
import { softwareVersion } from "./software-version.ts";

interface HoldOptions {
  config: string;
  statement: string;
  approval: string[];
  passphraseFile?: string;
  pinFile?: string;
  previousPinFile?: string;
}

/** `kazasu ceremony`: creates the CA's keys with the approval of several operators, and records it. */
export function ceremonyCommand(program: Command): void {
  const ceremony = program
    .command("ceremony")
    .description("make the CA's keys: plan, approve (each with an own key), hold, verify; root-crl");

  ceremony
    .command("operator-key")
    .description("generate an operator's key; prints its public key for the configuration")
    .requiredOption("--name <name>", "the operator's name")
    .requiredOption("--out <file>", "file for the key (mode 0600)")
    .action(async ({ name, out }: { name: string; out: string }) => {
      console.log(JSON.stringify(await makeOperatorKey(name, out)));
    });

  ceremony
    .command("plan")
    .description("print the statement of everything that would be created, for each operator to read")
    .requiredOption("--config <file>", "the ceremony, YAML")
    .addHelpText("after", "\nPrints the exact statement on stdout, and its SHA-256 on stderr.")
    .action(({ config }: { config: string }) => orRefused("plan", () => plan(config)));

  ceremony
    .command("approve")
    .description("sign a statement after reading it")
    .requiredOption("--statement <file>", "the statement")
    .requiredOption("--key <file>", "the operator's key")
    .requiredOption("--out <file>", "file for the approval")
    .action(async ({ statement, key, out }: { statement: string; key: string; out: string }) => {
      const { fingerprint } = await import("../pki/ca/ceremony/approvals.ts");
      const text = await readFile(statement, "utf8");
      await writeFile(out, `${await signApproval(text, await readOperatorKey(key), new Date())}\n`);
      console.error(`Approved the statement with SHA-256 ${fingerprint(text)}.`);
    });

  ceremony
    .command("hold")
    .description("create everything that was approved, and a signed report of it")
    .requiredOption("--config <file>", "the ceremony's YAML used for the plan")
    .requiredOption("--statement <file>", "the approved statement")
    .requiredOption("--approval <file...>", "the approvals")
    .option(
      "--passphrase-file <file>",
      "of software keys, mode 0600; service-keys.json is one (default: asks)",
    )
    .option("--pin-file <file>", "the token's PIN, mode 0600 (default: asks)")
    .option("--previous-pin-file <file>", "the PIN of the older root's token, if it is another one")
    .addHelpText("after", "\nExit codes: 0 held, 1 failed or misused, 2 refused before anything was created.")
    .action((options: HoldOptions) => orRefused("hold", () => hold(options)));

  rootCrlCommand(ceremony);

  ceremony
    .command("verify")
    .description("verify the signed report of a ceremony or of a root's CRL")
    .requiredOption("--report <file>", "the report, .jws")
    .option("--root <sha256>", "the root's fingerprint as it was written down, hex")
    .addHelpText("after", "\nExit codes: 0 valid, 1 misused, 2 not valid.")
    .action(verify);
}

async function plan(path: string): Promise<void> {
  const { readCeremonyConfig } = await import("../pki/ca/ceremony/config.ts");
  const { fingerprint } = await import("../pki/ca/ceremony/approvals.ts");
  const { writeStatement } = await import("../pki/ca/ceremony/statement.ts");
  const text = await readFile(path, "utf8");
  const statement = await writeStatement(text, await readCeremonyConfig(text), await softwareVersion());
  process.stdout.write(statement);
  console.error(`\nSHA-256 of the statement: ${fingerprint(statement)}`);
}

async function hold(options: HoldOptions): Promise<void> {
  const { readCeremonyConfig } = await import("../pki/ca/ceremony/config.ts");
  const { holdCeremony } = await import("../pki/ca/ceremony/hold.ts");
  const config = await readFile(options.config, "utf8");
  const { keyStore } = (await readCeremonyConfig(config)).plan;
  const tokens = makeTokens(({ module, token }) => {
    const isNew = keyStore.type === "pkcs11" && keyStore.module === module && keyStore.token === token;
    return isNew
      ? { file: options.pinFile, option: "--pin-file" }
      : { file: options.previousPinFile, option: "--previous-pin-file" };
  });
  try {
    const { folder, report } = await holdCeremony({
      config,
      statement: await readFile(options.statement, "utf8"),
      approvals: await Promise.all(
        options.approval.map(async (path) => (await readFile(path, "utf8")).trim()),
      ),
      software: await softwareVersion(),
      passphrase: passphraseOf(options.passphraseFile, askNewSecret),
      openKeyStore: (reference) => tokens.open(reference),
      clock: () => new Date(),
    });
    console.log(`${report.generation} is in ${folder}. Write down the root's SHA-256: ${report.root.sha256}`);
  } finally {
    await tokens.close();
  }
}

async function verify({ report: path, root }: { report: string; root?: string }): Promise<void> {
  const jws = await readFile(path, "utf8");
  const { rootCrlReportType } = await import("../pki/ca/ceremony/root-crl-report.ts");
  const { problems, report, holds } =
    typeOf(jws) === rootCrlReportType ? await verifyRootCrl(jws, path) : await verifyCeremony(jws, path);
  const found = report?.root.sha256;
  if (root !== undefined && root.replaceAll(":", "").toLowerCase() !== found) {
    problems.push("The root is not the one you specified.");
  }
  for (const problem of problems) console.error(`kazasu ceremony verify: ${problem}`);
  if (problems.length > 0 || report === undefined) {
    process.exitCode = refusedExitCode;
    return;
  }
  console.log(`${holds}, approved by ${report.approvals.map(({ name }) => name).join(" and ")}.`);
  if (root === undefined) console.log(`Compare the root's SHA-256 with what was written down: ${found}`);
}

/** The claimed kind of a report; the checks that follow do not rely on it. */
function typeOf(jws: string): string | undefined {
  try {
    return decodeProtectedHeader(jws.trim()).typ;
  } catch {
    return undefined;
  }
}

async function verifyCeremony(jws: string, path: string) {
  const { folderProblems, verifyReport } = await import("../pki/ca/ceremony/verify.ts");
  const { problems, report } = await verifyReport(jws);
  // A report without its folder is verified by itself.
  const folder = dirname(path);
  const isInPlace = report !== undefined && existsSync(join(folder, "generation.json"));
  return {
    problems: [...problems, ...(isInPlace ? await folderProblems(report, folder) : [])],
    report,
    holds: `The report of ${report?.generation} holds: ${report?.keys.length} keys, ${report?.certificates.length} certificates`,
  };
}

async function verifyRootCrl(jws: string, path: string) {
  const { rootCrlFolderProblems, verifyRootCrlReport } = await import(
    "../pki/ca/ceremony/root-crl-report.ts"
  );
  const { problems, report } = await verifyRootCrlReport(jws);
  const folder = dirname(path);
  const isInPlace = report !== undefined && existsSync(join(folder, "root.crl"));
  return {
    problems: [...problems, ...(isInPlace ? await rootCrlFolderProblems(report, folder) : [])],
    report,
    holds: `The report of a CRL of the root of ${report?.generation} holds`,
  };
}
