/** What a server says no with (RFC 9457), as a page shows it. */
export interface Problem {
  code: string;
  message: { ja: string; en: string };
  next: { ja: string; en: string };
  triesLeft?: number;
}

/** A call that was refused, or that nobody answered. */
export class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message.en);
    this.problem = problem;
  }
}

const unreachable: Problem = {
  code: "UNREACHABLE",
  message: { ja: "応答がありません。", en: "Nobody answers." },
  next: { ja: "接続を確かめ、もう一度お試しください。", en: "See to the connection, and try again." },
};

/** Calls an address of whoever serves the page. @throws Refused */
export async function call<T>(
  method: "GET" | "POST" | "PUT",
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
