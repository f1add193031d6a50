import { X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { JWK } from "jose";
import { CardError } from "../client/app/card/card-error.ts";
import {
  Gateway,
  type GatewayConfiguration,
  GatewayRefusal,
  GatewayUnreachable,
} from "../client/app/gateway.ts";
import { type Enrolled, oneTap, UntrustedChallenge } from "../client/app/one-tap.ts";
import type { Intent, Language } from "../protocol/names.ts";
import { pem } from "./pem.ts";
import { makePhoneKey, SimulatedCard, SimulatorFailed } from "./phone.ts";

interface EnrolOptions {
  gateway: string;
  card: string;
  pin: string;
  out: string;
  party: string;
  app: string;
  intent: Intent;
  language: Language;
  binding?: string;
  replaces?: string;
  cards?: string;
  serviceKey?: string;
  registerConsent: boolean;
  json?: true;
}

interface Report {
  ok: boolean;
  code: string;
  subject?: string;
  certificate?: string;
  taps: number;
  ms: number;
  detail?: string;
  next?: string;
}

const exitCodes = { issued: 0, refused: 2, unreachable: 3 } as const;

/** `kazasu enrol`: plays the phone, with a card in the simulated reader. */
export function enrolCommand(program: Command): void {
  program
    .command("enrol")
    .description("play the phone: one tap of a simulated card, and a certificate in a folder")
    .requiredOption("--gateway <url>", "the CA's gateway")
    .requiredOption(
      "--card <name>",
      "name of the card in the simulated reader; a name not seen before is a new person",
    )
    .requiredOption("--pin <pin>", "the card's sign PIN (6 to 16 letters and digits); - reads it from stdin")
    .requiredOption(
      "--out <folder>",
      "where certificate.pem, chain.pem, device-key.pem and enrolment.json go",
    )
    .option("--party <id>", "the relying party", "abc-bank")
    .option("--app <id>", "the party's app", "abc-bank-app")
    .option("--intent <intent>", "enrol, or replace for a new phone", "enrol")
    .option("--language <language>", "ja or en", "ja")
    .option("--binding <reference>", "the party's opaque reference to its customer")
    .option("--replaces <enrolment>", "with --intent replace: which enrolment, when there are several")
    .option(
      "--cards <url>",
      "the simulated card reader (default: the one the gateway names in a test setting)",
    )
    .option(
      "--service-key <file>",
      "the CA's service key to pin, a JWK (default: the one the gateway publishes)",
    )
    .option("--no-register-consent", "do not agree that the CA may ask J-LIS")
    .option("--json", "print one line of JSON on stdout")
    .addHelpText("after", "\nExit codes: 0 issued, 2 refused (by the card or the CA), 3 unreachable.")
    .action(async (options: EnrolOptions) => {
      const { report, exit } = await enrol(options);
      console.log(options.json ? JSON.stringify(report) : sentence(report));
      process.exitCode = exit;
    });
}

async function enrol(options: EnrolOptions): Promise<{ report: Report; exit: number }> {
  const started = performance.now();
  const spent = { taps: 0 };
  const finish = (exit: number, report: Omit<Report, "taps" | "ms">) => ({
    exit,
    report: { ...report, taps: spent.taps, ms: Math.round(performance.now() - started) },
  });
  try {
    const { enrolled, certificate } = await run(options, spent);
    const { subject } = new X509Certificate(enrolled.certificate);
    return finish(exitCodes.issued, {
      ok: true,
      code: "ISSUED",
      subject: subject.replaceAll("\n", ", "),
      certificate,
    });
  } catch (error) {
    const known = explain(error, options.language);
    if (!known) throw error;
    const { exit, ...report } = known;
    return finish(exit, { ok: false, ...report });
  }
}

async function run(
  options: EnrolOptions,
  spent: { taps: number },
): Promise<{ enrolled: Enrolled; certificate: string }> {
  const gateway = new Gateway(options.gateway);
  const configuration = await gateway.configuration();
  const cards = options.cards ?? configuration.simulators?.cards;
  if (cards === undefined)
    throw new SimulatorFailed("This gateway names no simulated card reader; give one with --cards.");
  const pin = options.pin === "-" ? await readLine() : options.pin;
  const card = new SimulatedCard(cards, options.card);
  const before = await counted(card, pin);
  const deviceKey = await makePhoneKey(configuration.simulators?.attester);
  await card.remove();
  try {
    const enrolled = await oneTap({
      ...options,
      gateway,
      serviceKey: await serviceKey(options, configuration),
      deviceKey,
      pin,
      transmit: card.transmit,
      agree: options.registerConsent ? ["terms", "register-refresh"] : ["terms"],
    });
    return { enrolled, certificate: await writeOut(options.out, enrolled, deviceKey.pkcs8) };
  } finally {
    await card.remove();
    spent.taps = (await card.counters()).activations - before;
  }
}

/** Taps so far; a card that does not exist yet is made, with this PIN. */
async function counted(card: SimulatedCard, pin: string): Promise<number> {
  try {
    return (await card.counters()).activations;
  } catch (error) {
    if (!(error instanceof SimulatorFailed) || error.cause !== undefined) throw error;
  }
  if (await card.issue({ signPin: pin.toUpperCase() })) {
    process.stderr.write(
      `The simulated town hall made a new person with the card ${card.name} and this PIN.\n`,
    );
  }
  return (await card.counters()).activations;
}

async function serviceKey(
  { serviceKey: file }: EnrolOptions,
  configuration: GatewayConfiguration,
): Promise<JWK> {
  if (file !== undefined) return JSON.parse(await readFile(file, "utf8")) as JWK;
  process.stderr.write(
    "No --service-key: trusting the key that the gateway publishes. An app pins it instead.\n",
  );
  const [key] = configuration.serviceKeys.keys;
  if (!key) throw new UntrustedChallenge("The gateway publishes no service key.");
  return key;
}

async function writeOut(folder: string, enrolled: Enrolled, pkcs8: Buffer): Promise<string> {
  await mkdir(folder, { recursive: true });
  const certificate = join(folder, "certificate.pem");
  await writeFile(certificate, pem("CERTIFICATE", enrolled.certificate));
  await writeFile(join(folder, "chain.pem"), enrolled.chain.map((der) => pem("CERTIFICATE", der)).join(""));
  await writeFile(join(folder, "device-key.pem"), pem("PRIVATE KEY", pkcs8), { mode: 0o600 });
  await writeFile(
    join(folder, "enrolment.json"),
    `${JSON.stringify({ enrolmentId: enrolled.enrolmentId })}\n`,
  );
  return certificate;
}

/** What went wrong, for those failures that are an answer; undefined for the unexpected. */
function explain(
  error: unknown,
  language: Language,
): { exit: number; code: string; detail: string; next?: string } | undefined {
  if (error instanceof GatewayRefusal) {
    const { code, detail, next } = error.problem;
    const exit = code === "TRY_AGAIN" ? exitCodes.unreachable : exitCodes.refused;
    return { exit, code, detail, next: next[language] };
  }
  if (error instanceof CardError) {
    return {
      exit: exitCodes.refused,
      code: error.code,
      detail: language === "ja" ? error.ja : error.message,
    };
  }
  if (error instanceof UntrustedChallenge)
    return { exit: exitCodes.refused, code: "UNTRUSTED_CHALLENGE", detail: error.message };
  if (error instanceof GatewayUnreachable)
    return { exit: exitCodes.unreachable, code: "GATEWAY_UNREACHABLE", detail: error.message };
  if (error instanceof SimulatorFailed) {
    const unreachable = error.cause !== undefined;
    return {
      exit: unreachable ? exitCodes.unreachable : exitCodes.refused,
      code: unreachable ? "CARD_READER_UNREACHABLE" : "CARD_SIMULATOR_REFUSED",
      detail: error.message,
    };
  }
  return undefined;
}

const sentence = (report: Report): string =>
  report.ok
    ? `Issued in ${report.ms} ms with ${report.taps} tap: ${report.subject} → ${report.certificate}`
    : `Not issued (${report.code}): ${report.detail ?? ""} ${report.next ?? ""}`.trimEnd();

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
  }
}
