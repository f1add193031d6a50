import type { Words } from "./language.tsx";

/** A server's refusal (RFC 9457), as shown by a page. */
export interface Problem {
  code: string;
  message: { ja: string; en: string };
  next: { ja: string; en: string };
  triesLeft?: number;
  /** With a registration: what to change. */
  advice?: (Words & { field: string })[];
}

/** A call that was refused or not answered. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message.en);
    this.problem = problem;
  }
}

const unreachable: Problem = {
  code: "UNREACHABLE",
  message: { ja: "応答がありません。", en: "No answer." },
  next: { ja: "接続を確かめ、もう一度お試しください。", en: "Check the connection, and try again." },
};

/** Calls the server of the page. @throws Refused */
export async function call<T>(
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<T> {
  let response: Response;
  try {
    const json = {
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    response = await fetch(path, { method, ...(body === undefined ? { headers } : json) });
  } catch {
    throw new Refused(unreachable);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  const problem = answer as Problem | undefined;
  throw new Refused(problem?.message === undefined ? unreachable : problem);
}
