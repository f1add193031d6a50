import type { Problem } from "../../protocol/problem.ts";

interface Told {
  status: number;
  what: { en: string; ja: string };
  next: { en: string; ja: string };
}

/** What the sandbox itself says no to, a closed list. The CA's and the card's refusals keep their own codes. */
export const sandboxRefusals = {
  NO_SUCH_PERSON: {
    status: 404,
    what: { en: "No test person has this name.", ja: "この名前のテスト用の人物はいません。" },
    next: { en: "GET /people lists them.", ja: "GET /people で一覧を確認してください。" },
  },
  NOT_ENROLLED: {
    status: 409,
    what: { en: "The person is not enrolled there.", ja: "この人物はその相手先に登録していません。" },
    next: { en: "POST enrol first.", ja: "先に enrol を呼び出してください。" },
  },
  NOTHING_WAITS: {
    status: 409,
    what: { en: "Nothing waits for an answer.", ja: "回答を待っているものはありません。" },
    next: { en: "POST inbox shows what waits.", ja: "inbox で確認してください。" },
  },
  NO_SUCH_CONSENT: {
    status: 404,
    what: { en: "The person has given no such consent.", ja: "この同意はありません。" },
    next: { en: "POST consents lists them.", ja: "consents で一覧を確認してください。" },
  },
  TOWN_HALL_REFUSED: {
    status: 409,
    what: { en: "The town hall has refused.", ja: "市区町村の窓口で受け付けられませんでした。" },
    next: { en: "The detail says why.", ja: "detail に理由があります。" },
  },
  SIMULATOR_AWAY: {
    status: 503,
    what: { en: "A simulator does not answer.", ja: "シミュレーターが応答しません。" },
    next: { en: "See that the sandbox still runs.", ja: "サンドボックスが動いているか確認してください。" },
  },
  NOT_FROM_HERE: {
    status: 403,
    what: {
      en: "Only this machine may steer the sandbox, and no other site's page.",
      ja: "サンドボックスの操作は、このマシンからのみ可能です。",
    },
    next: { en: "Call it at 127.0.0.1.", ja: "127.0.0.1 で呼び出してください。" },
  },
} as const satisfies Record<string, Told>;

export type SandboxCode = keyof typeof sandboxRefusals;

/** The sandbox says no. */
export class SandboxRefusal extends Error {
  override name = "SandboxRefusal";
  readonly code: SandboxCode;

  constructor(code: SandboxCode, detail: string = sandboxRefusals[code].what.en) {
    super(detail);
    this.code = code;
  }
}

/** A problem document (RFC 9457) of the gateway's form whose code is not of the engine's list. */
export type SandboxProblem = Omit<Problem, "code"> & { code: string };
