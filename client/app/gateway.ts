import * as z from "zod";
import { activated } from "../../protocol/activation.ts";
import { applied, type Envelope } from "../../protocol/application.ts";
import { type ChallengeRequest, challengeAnswer, noticeReference } from "../../protocol/challenge.ts";
import { consentChanged, sealedAnswer } from "../../protocol/consent.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import { frozen } from "../../protocol/freeze.ts";
import { type LinkDataset, linkDatasets, linkRequested } from "../../protocol/link.ts";
import { type LoginAnswerBody, loginAnswered } from "../../protocol/login.ts";
import { answered, pushSubscribed } from "../../protocol/notification.ts";
import { openedVisit, type VisitVia, visitAnswered } from "../../protocol/page-visit.ts";
import type { PhoneMessage } from "../../protocol/phone-message.ts";
import { type Problem, problem } from "../../protocol/problem.ts";
import { revoked } from "../../protocol/revocation.ts";

/** The CA refused, and says why and what to do next. `problem` is the whole document (RFC 9457). */
export class GatewayRefusal extends Error {
  override name = "GatewayRefusal";
  readonly problem: Problem;
  readonly code: Problem["code"];
  readonly status: number;
  /** What happened, for the person; `problem.message` has it in English too. */
  readonly ja: string;
  /** For developers, in English. */
  readonly detail: string;
  /** For the person, in both languages. */
  readonly next: Problem["next"];
  /** Tries of the activation code that are left, where that is what was wrong. */
  readonly triesLeft: number | undefined;

  constructor(document: Problem) {
    super(`${document.title} ${document.detail}`);
    this.problem = document;
    this.code = document.code;
    this.status = document.status;
    this.ja = document.message.ja;
    this.detail = document.detail;
    this.next = document.next;
    this.triesLeft = document.triesLeft;
  }
}

/** No answer, or none this SDK can read. The same message may be sent again: nothing is lost. */
export class GatewayUnreachable extends Error {
  override name = "GatewayUnreachable";
  readonly ja: string = "認証局が応答しないか、応答を読み取れません。";
  readonly next: Problem["next"] = {
    en: "Send the same again later; nothing is lost.",
    ja: "しばらくしてから同じ内容をもう一度送ってください。内容は失われていません。",
  };
}

/** An answer came that is not what this CA would give to this phone. Sending again does not help. */
export class UntrustedAnswer extends Error {
  override name = "UntrustedAnswer";
  readonly ja: string = "認証局からの応答を信頼できません。";
  readonly next: Problem["next"] = {
    en: "Do not go on. Update the app, try another network, and report it to the app's maker if it persists.",
    ja: "手続きを中止してください。アプリを更新し、別の通信環境で試し、続く場合は提供元に連絡してください。",
  };
}

/** The shape of {@link GatewayConfiguration}. */
export const gatewayConfiguration = z.object({
  issuer: z.string(),
  setting: z.enum(["production", "test"]),
  serviceKeys: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
  /** What a browser's push manager wants as application server key; absent where the CA does not push. */
  vapidPublicKey: z.string().optional(),
  /** The CA's own page, where the person sees everything across parties: open it in the system's browser. */
  personPage: z.string().optional(),
  /** Texts on which a person agrees to a link between two parties; the newest of each language first. */
  linkNotices: z.array(noticeReference).optional(),
  simulators: z.object({ cards: z.string(), attester: z.string() }).optional(),
});

/** What the gateway publishes about itself. An app pins the service key; it never takes it from here. */
export type GatewayConfiguration = z.infer<typeof gatewayConfiguration>;

/** A killed worker costs the CA up to ten seconds; it answers "try again" after fifteen. */
const timeoutMs = 40_000;
const maxAnswerBytes = 131_072;

/**
 * The CA's gateway as the phone sees it: one method for each address. Each throws {@link GatewayRefusal} or
 * {@link GatewayUnreachable}; an answer is read up to 128 KiB and waited for up to 40 seconds.
 *
 * @example
 * const gateway = new Gateway("https://ca.example");
 * try {
 *   await apply(tapped);
 * } catch (error) {
 *   if (error instanceof GatewayUnreachable) retryLater(tapped);
 *   else if (error instanceof GatewayRefusal) show(error.ja, error.next.ja);
 *   else throw error;
 * }
 */
export class Gateway {
  readonly #base: string;

  /** @param baseUrl address of the CA's gateway: `https://…` */
  constructor(baseUrl: string) {
    this.#base = baseUrl.replace(/\/+$/, "");
  }

  /** `POST /v1/challenges`: a challenge (JWS) for one enrolment, which expires in minutes. `begin` calls and verifies it. */
  readonly challenge = (request: ChallengeRequest) => this.#post("/v1/challenges", request, challengeAnswer);
  /** `POST /v1/applications`: an application sealed to the CA; the activation code comes back, sealed. The same again, the same answer. */
  readonly apply = (message: Envelope) => this.#post("/v1/applications", message, applied);
  /** `POST /v1/activations`: code and certificate request, sealed; the certificate comes back. The same again, the same answer. */
  readonly activate = (message: Envelope) => this.#post("/v1/activations", message, activated);
  /** `POST /v1/consents/list`: a page of this enrolment's consents, sealed to the question. `consentPage` reads it. */
  readonly consents = (question: PhoneMessage) => this.#post("/v1/consents/list", question, sealedAnswer);
  /** `POST /v1/consents/changes`: grants, amends or withdraws; a receipt comes back. `changeConsent` signs the message. */
  readonly changeConsent = (message: PhoneMessage) =>
    this.#post("/v1/consents/changes", message, consentChanged);
  /** `POST /v1/inbox`: what waits for the person, sealed to the question. `readInbox` reads it. */
  readonly inbox = (question: PhoneMessage) => this.#post("/v1/inbox", question, sealedAnswer);
  /** `POST /v1/answers`: the one press about a change of attributes. `answerChange` signs it. */
  readonly answer = (message: PhoneMessage) => this.#post("/v1/answers", message, answered);
  /** `POST /v1/revocations`: revokes this enrolment's certificate. `revokeOwnCertificate` signs it. */
  readonly revoke = (message: PhoneMessage) => this.#post("/v1/revocations", message, revoked);
  /** `POST /v1/freezes`: "this was not me", about a new phone. `freezeNewPhone` signs it. */
  readonly freeze = (message: PhoneMessage) => this.#post("/v1/freezes", message, frozen);
  /** `POST /v1/link-requests`: asks for a link between two parties, or closes what was asked. `askForLink` signs it. */
  readonly linkRequest = (message: PhoneMessage) => this.#post("/v1/link-requests", message, linkRequested);
  /** `POST /v1/attribute-reads/list`: a page of who read what, sealed to the question. `attributeReadPage` reads it. */
  readonly attributeReads = (question: PhoneMessage) =>
    this.#post("/v1/attribute-reads/list", question, sealedAnswer);
  /** `POST /v1/logins/questions`: what a login is about, sealed to the question. `openLogin` reads it. */
  readonly openLogin = (question: PhoneMessage) => this.#post("/v1/logins/questions", question, sealedAnswer);
  /** `POST /v1/logins/answers`: the signed decision; where the browser goes on comes back. `answerLogin` signs it. */
  readonly answerLogin = (answer: LoginAnswerBody) => this.#post("/v1/logins/answers", answer, loginAnswered);
  /** `POST /v1/page-visits/questions`: what a tap for the CA's own page is about. `openPageVisit` checks it. */
  readonly openPageVisit = (question: { visitId: string; via: VisitVia }) =>
    this.#post("/v1/page-visits/questions", question, openedVisit);
  /** `POST /v1/page-visits/answers`: what the card signed for the page. `answerPageVisit` makes it. */
  readonly answerPageVisit = (answer: { visitId: string; card: string }) =>
    this.#post("/v1/page-visits/answers", answer, visitAnswered);
  /** `POST /v1/push-subscriptions`: where this phone is reached by push. `subscribeToPush` signs it. */
  readonly subscribeToPush = (message: PhoneMessage) =>
    this.#post("/v1/push-subscriptions", message, pushSubscribed);

  /** Where it is, without a slash at its end. */
  get url(): string {
    return this.#base;
  }

  /** `GET /.well-known/kazasu-configuration`: issuer, keys, notices. For looking things up: trust the key that the app pins. */
  async configuration(): Promise<GatewayConfiguration> {
    return read(await this.#fetch("/.well-known/kazasu-configuration"), gatewayConfiguration);
  }

  /** The text of a notice; its digest is checked, so that what is shown is what the challenge names. */
  async notice(digest: string): Promise<string> {
    const { ok, text } = await this.#fetch(`/v1/notices/${digest}`);
    if (!ok) throw refusalOf(text);
    if ((await sha256(utf8(text))) !== digest)
      throw new UntrustedAnswer("The notice's text is not the one that the challenge names.");
    return text;
  }

  /** What a party may give to others under a link, in both languages: the only words in which it can be asked for and granted. */
  async linkDatasets(party: string): Promise<LinkDataset[]> {
    const path = `/v1/parties/${encodeURIComponent(party)}/datasets`;
    return read(await this.#fetch(path), linkDatasets).datasets;
  }

  async #post<T extends z.ZodType>(path: string, body: unknown, schema: T): Promise<z.infer<T>> {
    const headers = { "content-type": "application/json" };
    return read(await this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) }), schema);
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Answer> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${this.#base}${path}`, { ...init, redirect: "error", signal });
      return { ok: response.ok, text: await textAtMost(response, maxAnswerBytes) };
    } catch (cause) {
      if (cause instanceof GatewayUnreachable) throw cause;
      throw new GatewayUnreachable(`The CA at ${this.#base} does not answer.`, { cause });
    }
  }
}

interface Answer {
  ok: boolean;
  text: string;
}

function read<T extends z.ZodType>({ ok, text }: Answer, schema: T): z.infer<T> {
  if (!ok) throw refusalOf(text);
  const parsed = schema.safeParse(json(text));
  if (!parsed.success)
    throw new GatewayUnreachable("The response does not match the schema of this version of the protocol.");
  return parsed.data;
}

/** The body as text; stops reading where it grows larger than any answer of the protocol. */
async function textAtMost(response: Response, limit: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for (;;) {
    const chunk = await reader?.read();
    if (!chunk || chunk.done) return text + decoder.decode();
    bytes += chunk.value.length;
    if (bytes > limit) {
      await reader?.cancel();
      throw new GatewayUnreachable("The answer is larger than any this SDK expects.");
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
}

function refusalOf(text: string): Error {
  const document = problem.safeParse(json(text));
  return document.success
    ? new GatewayRefusal(document.data)
    : new GatewayUnreachable("The CA answered with an error this SDK cannot read.");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
