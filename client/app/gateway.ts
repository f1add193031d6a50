import { z } from "zod";
import { activated } from "../../protocol/activation.ts";
import { applied, type Envelope } from "../../protocol/application.ts";
import { type ChallengeRequest, challengeAnswer } from "../../protocol/challenge.ts";
import { sha256, utf8 } from "../../protocol/encoding.ts";
import { type Problem, problem } from "../../protocol/problem.ts";

/** The CA refused, and says why and what to do next. */
export class GatewayRefusal extends Error {
  override name = "GatewayRefusal";
  readonly problem: Problem;

  constructor(document: Problem) {
    super(`${document.title} ${document.detail}`);
    this.problem = document;
  }
}

/** No answer, or none this SDK can read. The same message may be sent again: nothing is lost. */
export class GatewayUnreachable extends Error {
  override name = "GatewayUnreachable";
}

const configuration = z.object({
  issuer: z.string(),
  setting: z.enum(["production", "test"]),
  serviceKeys: z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
  simulators: z.object({ cards: z.string(), attester: z.string() }).optional(),
});

/** What the gateway tells about itself. An app pins the service key; it never takes it from here. */
export type GatewayConfiguration = z.infer<typeof configuration>;

/** A killed worker costs the CA up to ten seconds; it answers "try again" after fifteen. */
const timeoutMs = 40_000;
const maxAnswerBytes = 131_072;

/** The CA's gateway as the phone sees it: one method for each address. */
export class Gateway {
  readonly #base: string;

  constructor(baseUrl: string) {
    this.#base = baseUrl.replace(/\/+$/, "");
  }

  readonly challenge = (request: ChallengeRequest) => this.#post("/v1/challenges", request, challengeAnswer);
  readonly apply = (message: Envelope) => this.#post("/v1/applications", message, applied);
  readonly activate = (message: Envelope) => this.#post("/v1/activations", message, activated);

  async configuration(): Promise<GatewayConfiguration> {
    return this.#read(await this.#fetch("/.well-known/kazasu-configuration"), configuration);
  }

  /** The text of a notice; its digest is checked, so that what is shown is what the challenge names. */
  async notice(digest: string): Promise<string> {
    const response = await this.#fetch(`/v1/notices/${digest}`);
    const text = await response.text();
    if (!response.ok) throw refusalOf(text);
    if ((await sha256(utf8(text))) !== digest)
      throw new GatewayUnreachable("The notice's text is not the one that was announced.");
    return text;
  }

  async #post<T extends z.ZodType>(path: string, body: unknown, schema: T): Promise<z.infer<T>> {
    const headers = { "content-type": "application/json" };
    return this.#read(
      await this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) }),
      schema,
    );
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await fetch(`${this.#base}${path}`, {
        ...init,
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw new GatewayUnreachable(`The CA at ${this.#base} does not answer.`, { cause });
    }
  }

  async #read<T extends z.ZodType>(response: Response, schema: T): Promise<z.infer<T>> {
    const text = await response.text();
    if (text.length > maxAnswerBytes)
      throw new GatewayUnreachable("The answer is larger than any this SDK expects.");
    if (!response.ok) throw refusalOf(text);
    const parsed = schema.safeParse(json(text));
    if (!parsed.success)
      throw new GatewayUnreachable(
        "The answer does not have the shape this version of the protocol gives it.",
      );
    return parsed.data;
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
