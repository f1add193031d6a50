import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import type { CeremonyConfig } from "../pki/ca/ceremony/config.ts";
import type { KeyStoreReference } from "../pki/ca/generation.ts";
import type { GeneratingKeyStore } from "../pki/key-store/key-store.ts";
import { signApproval } from "../protocol/sign-approval.ts";
import { makeOperatorKey, readOperatorKey } from "./operator-key.ts";
import { askNewSecret, askSecret, secretOfFile } from "./secret.ts";
import { softwareVersion } from "./software-version.ts";

const EXIT_CODES = { refused: 2 };

interface HoldOptions {
  config: string;
  statement: string;
  approval: string[];
  passphraseFile?: string;
  pinFile?: string;
  previousPinFile?: string;
}

/** `kazasu ceremony`: makes the CA's keys in front of people who approved it, and writes down what was done. */
export function ceremonyCommand(program: Command): void {
  const ceremony = program
    .command("ceremony")
    .description("make the CA's keys: plan, approve (each with an own key), hold, verify");

  ceremony
    .command("operator-key")
    .description("make an operator's key; prints its public part for the configuration")
    .requiredOption("--name <name>", "who it is")
    .requiredOption("--out <file>", "where the key goes; it is kept from others (mode 0600)")
    .action(async ({ name, out }: { name: string; out: string }) => {
      console.log(JSON.stringify(await makeOperatorKey(name, out)));
    });

  ceremony
    .command("plan")
    .description("print the statement of everything that would be made, for each operator to read")
    .requiredOption("--config <file>", "the ceremony, YAML")
    .addHelpText("after", "\nThe statement goes to stdout byte for byte, its SHA-256 to stderr.")
    .action(({ config }: { config: string }) => orRefused("plan", () => plan(config)));

  ceremony
    .command("approve")
    .description("sign a statement, once it was read")
    .requiredOption("--statement <file>", "the statement")
    .requiredOption("--key <file>", "the operator's key")
    .requiredOption("--out <file>", "where the approval goes")
    .action(async ({ statement, key, out }: { statement: string; key: string; out: string }) => {
      const { fingerprint } = await import("../pki/ca/ceremony/statement.ts");
      const text = await readFile(statement, "utf8");
      await writeFile(out, `${await signApproval(text, await readOperatorKey(key), new Date())}\n`);
      console.error(`Approved the statement with SHA-256 ${fingerprint(text)}.`);
    });

  ceremony
    .command("hold")
    .description("make everything that was approved, and a signed report of it")
    .requiredOption("--config <file>", "the ceremony, YAML, as it was planned")
    .requiredOption("--statement <file>", "the statement that was approved")
    .requiredOption("--approval <file...>", "the approvals")
    .option(
      "--passphrase-file <file>",
      "of software keys, mode 0600; service-keys.json is one (default: asks)",
    )
    .option("--pin-file <file>", "the token's PIN, mode 0600 (default: asks)")
    .option("--previous-pin-file <file>", "the PIN of the older root's token, where it is another")
    .addHelpText("after", "\nExit codes: 0 held, 1 failed or misused, 2 refused before anything was made.")
    .action((options: HoldOptions) => orRefused("hold", () => hold(options)));

  ceremony
    .command("verify")
    .description("check a ceremony's signed report all over again")
    .requiredOption("--report <file>", "the report, .jws")
    .option("--root <sha256>", "the root's fingerprint as it was written down, hex")
    .addHelpText("after", "\nExit codes: 0 everything holds, 1 misused, 2 something does not.")
    .action(verify);
}

/** Says on stderr why nothing was begun; anything else is a failure. */
async function orRefused(step: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { CeremonyRefused } = await import("../pki/ca/ceremony/refused.ts");
    if (!(error instanceof CeremonyRefused)) throw error;
    console.error(`kazasu ceremony ${step}: refused. ${error.message}`);
    process.exitCode = EXIT_CODES.refused;
  }
}

async function plan(path: string): Promise<void> {
  const { readCeremonyConfig } = await import("../pki/ca/ceremony/config.ts");
  const { fingerprint, writeStatement } = await import("../pki/ca/ceremony/statement.ts");
  const text = await readFile(path, "utf8");
  const statement = await writeStatement(text, await readCeremonyConfig(text), await softwareVersion());
  process.stdout.write(statement);
  console.error(`\nSHA-256 of the statement: ${fingerprint(statement)}`);
}

async function hold(options: HoldOptions): Promise<void> {
  const { readCeremonyConfig } = await import("../pki/ca/ceremony/config.ts");
  const { holdCeremony } = await import("../pki/ca/ceremony/hold.ts");
  const config = await readFile(options.config, "utf8");
  const { passphraseFile } = options;
  let passphrase: Promise<string> | undefined;
  const tokens = makeTokens(options, await readCeremonyConfig(config));
  try {
    const { folder, report } = await holdCeremony({
      config,
      statement: await readFile(options.statement, "utf8"),
      approvals: await Promise.all(
        options.approval.map(async (path) => (await readFile(path, "utf8")).trim()),
      ),
      software: await softwareVersion(),
      passphrase: () =>
        (passphrase ??=
          passphraseFile === undefined
            ? askNewSecret("Passphrase of the software keys", "--passphrase-file")
            : secretOfFile(passphraseFile)),
      openKeyStore: (reference) => tokens.open(reference),
      clock: () => new Date(),
    });
    console.log(`${report.generation} is in ${folder}. Write down the root's SHA-256: ${report.root.sha256}`);
  } finally {
    await tokens.close();
  }
}

/** Opens each token once, however many keys of the ceremony are in it. */
function makeTokens({ pinFile, previousPinFile }: HoldOptions, { plan: { keyStore } }: CeremonyConfig) {
  const opened = new Map<string, Promise<GeneratingKeyStore & { close(): Promise<void> }>>();
  const open = async ({ module, token }: KeyStoreReference) => {
    const { openPkcs11KeyStore } = await import("../pki/key-store/pkcs11/open.ts");
    const isNew = keyStore.type === "pkcs11" && keyStore.module === module && keyStore.token === token;
    const [file, option] = isNew ? [pinFile, "--pin-file"] : [previousPinFile, "--previous-pin-file"];
    const pin =
      file === undefined ? await askSecret(`PIN of the token "${token}"`, option) : await secretOfFile(file);
    return openPkcs11KeyStore({ module, token, pin });
  };
  return {
    open(reference: KeyStoreReference): Promise<GeneratingKeyStore> {
      const name = `${reference.module}\n${reference.token}`;
      const store = opened.get(name) ?? open(reference);
      opened.set(name, store);
      return store;
    },
    async close() {
      for (const store of opened.values()) await store.then((one) => one.close()).catch(() => undefined);
    },
  };
}

async function verify({ report: path, root }: { report: string; root?: string }): Promise<void> {
  const { folderProblems, verifyReport } = await import("../pki/ca/ceremony/verify.ts");
  const { problems, report } = await verifyReport(await readFile(path, "utf8"));
  const found = report?.root.sha256;
  const all = [...problems];
  // A report that was taken away from the rest is checked by itself.
  const folder = dirname(path);
  if (report && existsSync(join(folder, "generation.json"))) {
    all.push(...(await folderProblems(report, folder)));
  }
  if (root !== undefined && root.replaceAll(":", "").toLowerCase() !== found) {
    all.push("The root is another one than you named.");
  }
  for (const problem of all) console.error(`kazasu ceremony verify: ${problem}`);
  if (all.length > 0 || report === undefined) {
    process.exitCode = EXIT_CODES.refused;
    return;
  }
  console.log(
    `The report of ${report.generation} holds: ${report.keys.length} keys, ${report.certificates.length} certificates, approved by ${report.approvals.map(({ name }) => name).join(" and ")}.`,
  );
  if (root === undefined) console.log(`Compare the root's SHA-256 with what was written down: ${found}`);
}
