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

/** The CA refused, with a reason and what to do next. `problem` is the whole document (RFC 9457). */
export class GatewayRefusal extends Error {
  override name = "GatewayRefusal";
  readonly problem: Problem;
  readonly code: Problem["code"];
  readonly status: number;
  /** What happened, for the person; `problem.message` also has it in English. */
  readonly ja: string;
  /** For developers, in English. */
  readonly detail: string;
  /** For the person, in both languages. */
  readonly next: Problem["next"];
  /** The activation code's remaining tries, if the code was wrong. */
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

/** No answer, or an unreadable one. The same message may be sent again: nothing is lost. */
export class GatewayUnreachable extends Error {
  override name = "GatewayUnreachable";
  readonly ja: string = "認証局が応答しないか、応答を読み取れません。";
  readonly next: Problem["next"] = {
    en: "Send the same message again later; nothing is lost.",
    ja: "しばらくしてから同じ内容をもう一度送ってください。内容は失われていません。",
  };
}

/** The answer is not one that this CA would give to this phone. Sending again does not help. */
export class UntrustedAnswer extends Error {
  override name = "UntrustedAnswer";
  readonly ja: string = "認証局からの応答を信頼できません。";
  readonly next: Problem["next"] = {
    en: "Do not continue. Update the app, try another network, and report it to the app's developer if it persists.",
    ja: "手続きを中止してください。アプリを更新し、別の通信環境で試し、続く場合は提供元に連絡してください。",
  };
}

/** The schema of {@link GatewayConfiguration}. */
export const gatewayConfiguration = z.object({
  issuer: z.string(),
  setting: z.enum(["production", "test"]),
  serviceKeys: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
  /** The application server key for a browser's push manager; absent if the CA does not push. */
  vapidPublicKey: z.string().optional(),
  /** The person page, where the person sees everything at all parties: open it in the system's browser. */
  personPage: z.string().optional(),
  /** Notices for consents to links between two parties; the newest of each language first. */
  linkNotices: z.array(noticeReference).optional(),
  simulators: z.object({ cards: z.string(), attester: z.string() }).optional(),
});

/** What the gateway publishes about itself. An app pins the service key; it never uses the one published here. */
export type GatewayConfiguration = z.infer<typeof gatewayConfiguration>;

/** A killed worker delays the CA by up to ten seconds; it answers TRY_AGAIN after fifteen. */
const timeoutMs = 40_000;
const maxAnswerBytes = 131_072;

/**
 * The phone's client of the CA's gateway: one method for each endpoint. Each throws {@link GatewayRefusal} or {@link
 * GatewayUnreachable}; an answer may have up to 128 KiB and take up to 40 seconds.
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

  /** @param baseUrl URL of the CA's gateway: `https://…` */
  constructor(baseUrl: string) {
    this.#base = baseUrl.replace(/\/+$/, "");
  }

  /**
   * `POST /v1/challenges`: requests a challenge (JWS) for one enrolment, which expires in minutes. `begin` calls and verifies
   * it.
   */
  readonly challenge = (request: ChallengeRequest) => this.#post("/v1/challenges", request, challengeAnswer);
  /** `POST /v1/applications`: sends an application sealed to the CA; returns the sealed activation code. Idempotent. */
  readonly apply = (message: Envelope) => this.#post("/v1/applications", message, applied);
  /** `POST /v1/activations`: sends code and certificate request, sealed; returns the certificate. Idempotent. */
  readonly activate = (message: Envelope) => this.#post("/v1/activations", message, activated);
  /** `POST /v1/consents/list`: returns a page of this enrolment's consents, sealed to the request. `consentPage` reads it. */
  readonly consents = (question: PhoneMessage) => this.#post("/v1/consents/list", question, sealedAnswer);
  /** `POST /v1/consents/changes`: grants, amends or withdraws; returns a receipt. `changeConsent` signs the message. */
  readonly changeConsent = (message: PhoneMessage) =>
    this.#post("/v1/consents/changes", message, consentChanged);
  /** `POST /v1/inbox`: returns what waits for the person, sealed to the request. `readInbox` reads it. */
  readonly inbox = (question: PhoneMessage) => this.#post("/v1/inbox", question, sealedAnswer);
  /** `POST /v1/answers`: confirms or declines a change of attributes. `answerChange` signs it. */
  readonly answer = (message: PhoneMessage) => this.#post("/v1/answers", message, answered);
  /** `POST /v1/revocations`: revokes this enrolment's certificate. `revokeOwnCertificate` signs it. */
  readonly revoke = (message: PhoneMessage) => this.#post("/v1/revocations", message, revoked);
  /** `POST /v1/freezes`: reports a new phone with "this was not me". `freezeNewPhone` signs it. */
  readonly freeze = (message: PhoneMessage) => this.#post("/v1/freezes", message, frozen);
  /** `POST /v1/link-requests`: requests a link between two parties, or closes a request. `askForLink` signs it. */
  readonly linkRequest = (message: PhoneMessage) => this.#post("/v1/link-requests", message, linkRequested);
  /** `POST /v1/attribute-reads/list`: returns a page of reads, sealed to the request. `attributeReadPage` reads it. */
  readonly attributeReads = (question: PhoneMessage) =>
    this.#post("/v1/attribute-reads/list", question, sealedAnswer);
  /** `POST /v1/logins/questions`: returns the content of a login, sealed to the request. `openLogin` reads it. */
  readonly openLogin = (question: PhoneMessage) => this.#post("/v1/logins/questions", question, sealedAnswer);
  /** `POST /v1/logins/answers`: sends the signed decision; returns where the browser continues. `answerLogin` signs it. */
  readonly answerLogin = (answer: LoginAnswerBody) => this.#post("/v1/logins/answers", answer, loginAnswered);
  /** `POST /v1/page-visits/questions`: returns the content of a tap for the person page. `openPageVisit` checks it. */
  readonly openPageVisit = (question: { visitId: string; via: VisitVia }) =>
    this.#post("/v1/page-visits/questions", question, openedVisit);
  /** `POST /v1/page-visits/answers`: sends what the card signed for the page. `answerPageVisit` signs it. */
  readonly answerPageVisit = (answer: { visitId: string; card: string }) =>
    this.#post("/v1/page-visits/answers", answer, visitAnswered);
  /** `POST /v1/push-subscriptions`: sets or removes this phone's push subscription. `subscribeToPush` signs it. */
  readonly subscribeToPush = (message: PhoneMessage) =>
    this.#post("/v1/push-subscriptions", message, pushSubscribed);

  /** Its URL, without a trailing slash. */
  get url(): string {
    return this.#base;
  }

  /** `GET /.well-known/kazasu-configuration`: issuer, keys, notices. Informational: trust only the key that the app pins. */
  async configuration(): Promise<GatewayConfiguration> {
    return read(await this.#fetch("/.well-known/kazasu-configuration"), gatewayConfiguration);
  }

  /** The text of a notice; its digest is checked, so that the shown text is the one in the challenge. */
  async notice(digest: string): Promise<string> {
    const { ok, text } = await this.#fetch(`/v1/notices/${digest}`);
    if (!ok) throw refusalOf(text);
    if ((await sha256(utf8(text))) !== digest)
      throw new UntrustedAnswer("The notice's text does not match the digest in the challenge.");
    return text;
  }

  /** A party's datasets for links, in both languages: the only words in which a link can be requested and granted. */
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

/** The body as text; stops reading if it is larger than any answer of the protocol. */
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
      throw new GatewayUnreachable("The answer exceeds the size limit of this SDK.");
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
