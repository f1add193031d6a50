import { randomUUID } from "node:crypto";
import { z } from "zod";
import { CardError } from "../../client/app/card/card-error.ts";
import { GatewayRefusal, GatewayUnreachable, UntrustedAnswer } from "../../client/app/gateway.ts";
import { PartyRefused } from "../../domain/party/registering.ts";
import { problemOf } from "../../protocol/problem.ts";
import { refusals } from "../../protocol/refusals.ts";
import { SimulatorFailed } from "../devices/simulated-card.ts";
import { PartyUnfit } from "../trial/party-advice.ts";
import { type SandboxProblem, SandboxRefusal, sandboxRefusals } from "./refusal.ts";

const newInstance = (): string => `urn:uuid:${randomUUID()}`;
const language = "en" as const;

/**
 * The problem document (RFC 9457) of an error thrown by an act: the CA's unchanged, the card's and the sandbox's in the same
 * form under `urn:kazasu:sandbox:`. Undefined for an unexpected error.
 */
export function problemOfFailure(error: unknown): SandboxProblem | undefined {
  if (error instanceof GatewayRefusal) return error.problem;
  if (error instanceof z.ZodError) {
    const detail = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return malformed(detail.slice(0, 500));
  }
  if (error instanceof PartyUnfit) {
    const about = own("REGISTRATION_UNFIT", sandboxRefusals.REGISTRATION_UNFIT, error.message.slice(0, 500));
    return { ...about, advice: error.advice };
  }
  if (error instanceof PartyRefused) return malformed(error.message.slice(0, 500));
  if (error instanceof CardError) {
    const { code, message, ja, next, triesLeft } = error;
    const about = { status: 409, what: { en: message, ja }, next };
    return { ...own(code, about, message), ...(triesLeft === undefined ? {} : { triesLeft }) };
  }
  if (error instanceof SimulatorFailed) {
    const code = error.cause === undefined ? "TOWN_HALL_REFUSED" : "SIMULATOR_AWAY";
    return own(code, sandboxRefusals[code], error.message);
  }
  if (error instanceof SandboxRefusal) return own(error.code, sandboxRefusals[error.code], error.message);
  if (error instanceof GatewayUnreachable)
    return problemOf("TRY_AGAIN", { detail: error.message, instance: newInstance(), language });
  if (error instanceof UntrustedAnswer)
    return problemOf("INTERNAL", { detail: error.message, instance: newInstance(), language });
  return undefined;
}

/** The caller is a developer, who can change the request. */
const malformed = (detail: string): SandboxProblem => ({
  ...problemOf("MALFORMED_REQUEST", { detail, instance: newInstance(), language }),
  next: {
    en: "Change what the detail names. docs/reference/sandbox.md lists the members of each body.",
    ja: "detail にある項目を直してください。本文の項目は docs/reference/sandbox.ja.md にあります。",
  },
});

/** The framework's errors, and unexpected ones, as engine refusals. */
export const problemOfStatus = (status: number): SandboxProblem => {
  const code = status === 404 ? "NOT_FOUND" : frameworkCodes[status];
  if (code === undefined && status < 500)
    return malformed("The body is not well-formed JSON, or the request cannot be read.");
  const known = code ?? "INTERNAL";
  return problemOf(known, { detail: refusals[known].what.en, instance: newInstance(), language });
};

const frameworkCodes: Record<number, "BODY_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE"> = {
  413: "BODY_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
};

function own(
  code: string,
  { status, what, next }: (typeof sandboxRefusals)[keyof typeof sandboxRefusals] | CardSays,
  detail: string,
): SandboxProblem {
  const type = `urn:kazasu:sandbox:${code.toLowerCase().replaceAll("_", "-")}`;
  const said = { title: what[language], status, code, message: what, next, detail };
  return { type, ...said, instance: newInstance(), language };
}

interface CardSays {
  status: number;
  what: { en: string; ja: string };
  next: { readonly en: string; readonly ja: string };
}
