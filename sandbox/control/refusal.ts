import type { Problem } from "../../protocol/problem.ts";
import type { Advice } from "../trial/party-advice.ts";

interface RefusalText {
  status: number;
  what: { en: string; ja: string };
  next: { en: string; ja: string };
}

/** The sandbox's own refusals, a closed list. The CA's and the card's keep their own codes. */
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
    what: { en: "Nothing is waiting for an answer.", ja: "回答を待っているものはありません。" },
    next: { en: "POST inbox shows what is waiting.", ja: "inbox で確認してください。" },
  },
  NO_SUCH_CONSENT: {
    status: 404,
    what: { en: "The person has given no such consent.", ja: "この同意はありません。" },
    next: { en: "POST consents lists them.", ja: "consents で一覧を確認してください。" },
  },
  REGISTRATION_UNFIT: {
    status: 400,
    what: { en: "The party cannot be registered like this.", ja: "この内容では相手先を登録できません。" },
    next: { en: "Change what the advice names.", ja: "次の項目を直してください。" },
  },
  NO_SUCH_LOGIN: {
    status: 404,
    what: { en: "This is no open login of this CA.", ja: "この認証局で待っているログインではありません。" },
    next: {
      en: "Start the login again, and give the link of its login page, or the content of its code.",
      ja: "ログインを始め直し、ログイン画面のリンクか、二次元コードの内容を指定してください。",
    },
  },
  NOTHING_IS_WATCHED: {
    status: 409,
    what: { en: "No requests are recorded here.", ja: "ここではリクエストを記録していません。" },
    next: { en: "Start `kazasu sandbox`.", ja: "`kazasu sandbox` で起動してください。" },
  },
  TOWN_HALL_REFUSED: {
    status: 409,
    what: { en: "The town hall has refused.", ja: "市区町村の窓口で受け付けられませんでした。" },
    next: { en: "The reason is in the detail.", ja: "detail に理由があります。" },
  },
  SIMULATOR_AWAY: {
    status: 503,
    what: { en: "A simulator does not answer.", ja: "シミュレーターが応答しません。" },
    next: { en: "Check that the sandbox is running.", ja: "サンドボックスが動いているか確認してください。" },
  },
  NOT_LOGGED_IN: {
    status: 401,
    what: { en: "Nobody is logged in at the bank.", ja: "銀行にログインしていません。" },
    next: { en: "Log in first.", ja: "先にログインしてください。" },
  },
  RECIPIENT_UNFIT: {
    status: 400,
    what: {
      en: "The recipient's name cannot be shown on a phone.",
      ja: "振込先が、スマートフォンに表示できる名前ではありません。",
    },
    next: { en: "Write 1 to 60 characters on one line.", ja: "1〜60文字、改行なしで入力してください。" },
  },
  AMOUNT_UNFIT: {
    status: 400,
    what: {
      en: "The amount is not between 1 and 10,000,000 whole yen.",
      ja: "金額は1円から10,000,000円までの整数です。",
    },
    next: { en: "Write a whole number of yen.", ja: "円単位の整数で入力してください。" },
  },
  BROWSER_UNKNOWN: {
    status: 409,
    what: {
      en: "There has been no login in this browser with a phone app on the same device.",
      ja: "このブラウザーでは、同じ端末のスマートフォンアプリによるログインがまだありません。",
    },
    next: {
      en: "Log in once with the app on this device; after that you can log in by push.",
      ja: "一度「この端末のアプリ」でログインすると、次から通知でログインできます。",
    },
  },
  ASKED_TOO_SOON: {
    status: 429,
    what: {
      en: "The phone was asked recently and has not approved.",
      ja: "先ほどの通知がまだ承認されていません。",
    },
    next: {
      en: "Answer on the phone, or wait; the wait increases each time.",
      ja: "スマートフォンで回答するか、しばらく待ってからお試しください。",
    },
  },
  STILL_ASKING: {
    status: 409,
    what: { en: "The phone has another open question.", ja: "スマートフォンで別の確認が続いています。" },
    next: { en: "Answer or cancel it first.", ja: "先に回答するか、中止してください。" },
  },
  OTHER_BROWSER: {
    status: 409,
    what: {
      en: "This was not started in this browser, or has ended.",
      ja: "このブラウザーで始めたものではないか、すでに終わっています。",
    },
    next: { en: "Log in again on the bank's page.", ja: "銀行のページでもう一度ログインしてください。" },
  },
  BANK_AWAY: {
    status: 503,
    what: { en: "The bank does not answer correctly.", ja: "銀行が正しく応答しません。" },
    next: { en: "Try again in a moment.", ja: "しばらくしてからお試しください。" },
  },
  NOT_FROM_HERE: {
    status: 403,
    what: {
      en: "The sandbox can only be controlled from this machine, and not from another site's page.",
      ja: "サンドボックスの操作は、このマシンからのみ可能です。",
    },
    next: { en: "Call it at 127.0.0.1.", ja: "127.0.0.1 で呼び出してください。" },
  },
} as const satisfies Record<string, RefusalText>;

export type SandboxCode = keyof typeof sandboxRefusals;

/** A refusal of the sandbox. */
export class SandboxRefusal extends Error {
  override name = "SandboxRefusal";
  readonly code: SandboxCode;

  constructor(code: SandboxCode, detail: string = sandboxRefusals[code].what.en) {
    super(detail);
    this.code = code;
  }
}

/** A problem document (RFC 9457) in the gateway's form whose code is not one of the engine's. */
export type SandboxProblem = Omit<Problem, "code"> & {
  code: string;
  /** With a registration: what to change, by the member of the body. */
  advice?: readonly Advice[];
};
