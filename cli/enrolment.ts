import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import { type Exchange, lineOf, traced } from "../client/app/card/apdu-trace.ts";
import { CardError } from "../client/app/card/card-error.ts";
import { signPin } from "../client/app/card/pin.ts";
import type { Transmit } from "../client/app/card/sign-card.ts";
import {
  Gateway,
  type GatewayConfiguration,
  GatewayRefusal,
  GatewayUnreachable,
  UntrustedAnswer,
} from "../client/app/gateway.ts";
import { type Enrolled, oneTap, UntrustedChallenge } from "../client/app/one-tap.ts";
import type { PinnedServiceKey } from "../client/app/service-key.ts";
import { application } from "../protocol/application.ts";
import { type Intent, intent, type Language, language } from "../protocol/names.ts";
import { makePhoneKey, SimulatorFailed } from "../sandbox/devices/simulated-card.ts";
import { prepareFolder } from "./enrolment-folder.ts";

/** Options of every command-line enrolment, for any card reader. */
export interface EnrolmentOptions {
  gateway: string;
  pin: string;
  out: string;
  party: string;
  app: string;
  intent: Intent;
  language: Language;
  binding?: string;
  replaces?: string;
  serviceKey?: string;
  registerConsent: boolean;
  /** One of the last tries of the PIN may be used. */
  lastTries?: true;
  trace?: true;
  json?: true;
}

/** A present card, for one tap. */
export interface CardAtHand {
  transmit: Transmit;
  /** Ends the tap; returns the number of taps, `null` if it is unknown. */
  end: () => Promise<number | null>;
}

/** Finds the card, without any exchange with it. */
export type FindCard = (configuration: GatewayConfiguration, pin: string) => Promise<CardAtHand>;

interface Report {
  ok: boolean;
  code: string;
  subject?: string;
  certificate?: string;
  /** `null` if the reader did not report it. */
  taps: number | null;
  ms: number;
  detail?: string;
  next?: string;
}

const exitCodes = { issued: 0, refused: 2, unreachable: 3 } as const;

/** The options of every enrolment. */
export const enrolmentOptions = (command: Command): Command =>
  command
    .requiredOption("--gateway <url>", "the CA's gateway")
    .requiredOption("--pin <pin>", "the card's sign PIN (6 to 16 letters and digits); - reads it from stdin")
    .requiredOption(
      "--out <folder>",
      "folder for certificate.pem, chain.pem, device-key.pem and enrolment.json",
    )
    .option("--party <id>", "the relying party", "abc-bank")
    .option("--app <id>", "the party's app", "abc-bank-app")
    .addOption(
      new Option("--intent <intent>", "replace is for a new phone").choices(intent.options).default("enrol"),
    )
    .addOption(new Option("--language <language>", "of the notices").choices(language.options).default("ja"))
    .option(
      "--binding <reference>",
      "the party's opaque reference to its customer, 1 to 64 printable ASCII characters",
      taking(application.shape.binding),
    )
    .option(
      "--replaces <enrolment>",
      "with --intent replace: the id of the enrolment, if there are several",
      taking(application.shape.replaces),
    )
    .option(
      "--service-key <file>",
      "the CA's service key to pin, a JWK or a JWK set (default: the one the gateway publishes)",
    )
    .option("--no-register-consent", "do not agree that the CA may ask J-LIS")
    .option("--last-tries", "use one of the last tries of the PIN, if two or fewer are left")
    .option("--trace", "print each exchange with the card on stderr, with PINs masked")
    .option("--json", "print one line of JSON on stdout")
    .addHelpText(
      "after",
      `
Prints {ok, code, subject, certificate, taps, ms}; ms is from the first word to the card to the certificate.
Exit codes: 0 issued, 1 misused, 2 refused (by the card or the CA), 3 unreachable.`,
    );

/** Enrols with the card of `findCard`, prints the result, and sets the exit code. */
export async function enrolAndReport(options: EnrolmentOptions, findCard: FindCard): Promise<void> {
  const { report, exit } = await enrol(options, findCard);
  console.log(options.json ? JSON.stringify(report) : sentence(report));
  process.exitCode = exit;
}

/** An option with a schema in the protocol: a wrong value is misuse, reported before the card is used. */
const taking =
  (schema: z.ZodType) =>
  (given: string): string => {
    if (!schema.safeParse(given).success) throw new InvalidArgumentError("It does not have the right form.");
    return given;
  };

/** The cost of one run, also of one that failed half-way. */
interface Spent {
  taps: number | null;
  /** Time of the first exchange with the card, and of the certificate or the failure. */
  tappedAt?: number;
  endedAt?: number;
}

async function enrol(
  options: EnrolmentOptions,
  findCard: FindCard,
): Promise<{ report: Report; exit: number }> {
  const spent: Spent = { taps: 0 };
  const finish = (exit: number, report: Omit<Report, "taps" | "ms">) => ({
    exit,
    report: { ...report, taps: spent.taps, ms: elapsed(spent) },
  });
  try {
    const { subject, certificate } = await run(options, findCard, spent);
    return finish(exitCodes.issued, { ok: true, code: "ISSUED", subject, certificate });
  } catch (error) {
    const known = explain(error, options.language);
    if (!known) throw error;
    const { exit, ...report } = known;
    return finish(exit, { ok: false, ...report });
  }
}

/** Milliseconds from the tap to the certificate, or to the failure; 0 if the card was not used. */
function elapsed({ tappedAt, endedAt }: Spent): number {
  return tappedAt === undefined || endedAt === undefined ? 0 : Math.round(endedAt - tappedAt);
}

async function run(
  options: EnrolmentOptions,
  findCard: FindCard,
  spent: Spent,
): Promise<{ subject: string; certificate: string }> {
  const pin = signPin(options.pin === "-" ? await readLine() : options.pin);
  const gateway = new Gateway(options.gateway);
  const configuration = await gateway.configuration();
  const deviceKey = await makePhoneKey(configuration.simulators?.attester);
  const folder = await prepareFolder(options.out, deviceKey.pkcs8);
  try {
    const key = await serviceKey(options, configuration);
    const card = await findCard(configuration, pin);
    const print = (exchange: Exchange) => process.stderr.write(`  ${lineOf(exchange)}\n`);
    const transmit = options.trace ? traced(card.transmit, print) : card.transmit;
    let enrolled: Enrolled;
    try {
      enrolled = await oneTap({
        ...options,
        gateway,
        serviceKey: key,
        deviceKey,
        pin,
        onFewTries: async () => options.lastTries === true,
        transmit: (apdu) => {
          spent.tappedAt ??= performance.now();
          return transmit(apdu);
        },
        agree: options.registerConsent ? ["terms", "register-refresh"] : ["terms"],
      });
    } finally {
      spent.endedAt = performance.now();
      spent.taps = await card.end();
    }
    return { subject: enrolled.subject, certificate: await folder.keep(enrolled) };
  } finally {
    await folder.discard();
  }
}

async function serviceKey(
  { serviceKey: file }: EnrolmentOptions,
  configuration: GatewayConfiguration,
): Promise<PinnedServiceKey> {
  if (file !== undefined) return readServiceKey(file);
  process.stderr.write(
    "No --service-key: trusting the key that the gateway publishes. An app pins it instead.\n",
  );
  return configuration.serviceKeys;
}

async function readServiceKey(file: string): Promise<PinnedServiceKey> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as PinnedServiceKey;
  } catch (cause) {
    throw new Error(`The service key in ${file} cannot be read: give a JWK or a JWK set, as JSON.`, {
      cause,
    });
  }
}

/** The explanation of an expected failure; undefined for an unexpected one. */
function explain(
  error: unknown,
  language: Language,
): { exit: number; code: string; detail: string; next?: string } | undefined {
  const messageOf = (answer: { message: string; next: Record<Language, string> }) => ({
    detail: answer.message,
    next: answer.next[language],
  });
  if (error instanceof GatewayRefusal) {
    const { code, detail, next } = error;
    const exit = code === "TRY_AGAIN" ? exitCodes.unreachable : exitCodes.refused;
    return { exit, code, detail, next: next[language] };
  }
  if (error instanceof CardError) {
    return {
      exit: exitCodes.refused,
      code: error.code,
      detail: language === "ja" ? error.ja : error.message,
      next: error.next[language],
    };
  }
  if (error instanceof UntrustedChallenge)
    return { exit: exitCodes.refused, code: "UNTRUSTED_CHALLENGE", ...messageOf(error) };
  if (error instanceof UntrustedAnswer)
    return { exit: exitCodes.refused, code: "UNTRUSTED_ANSWER", ...messageOf(error) };
  if (error instanceof GatewayUnreachable)
    return { exit: exitCodes.unreachable, code: "GATEWAY_UNREACHABLE", ...messageOf(error) };
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
    ? `Issued in ${report.ms} ms with ${report.taps ?? "an unknown number of"} tap(s): ${report.subject} → ${report.certificate}`
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
