/** The text of a card's problem for the person, and what to do next. */
export interface CardProblemText {
  en: string;
  ja: string;
  next: { en: string; ja: string };
}

const problem = (en: [string, string], ja: [string, string]): CardProblemText => ({
  en: en[0],
  ja: ja[0],
  next: { en: en[1], ja: ja[1] },
});

/** The problems between phone and card, as a closed list: what happened, and what to do next. */
export const cardProblems = {
  NOT_A_CARD: problem(
    [
      "This is not a My Number Card, or its JPKI application does not answer.",
      "Hold a My Number Card still.",
    ],
    [
      "マイナンバーカードではないか、公的個人認証の機能が応答しません。",
      "マイナンバーカードを動かさずにかざしてください。",
    ],
  ),
  PIN_FORMAT: problem(
    ["The signature PIN has 6 to 16 letters and digits.", "Enter it again; no try was spent."],
    ["署名用パスワードは6〜16桁の英数字です。", "入力し直してください。回数は消費していません。"],
  ),
  PIN_WRONG: problem(
    ["The signature PIN is wrong.", "Enter it again carefully: without tries left it locks."],
    [
      "署名用パスワードが違います。",
      "よく確かめて入力し直してください。残り回数がなくなるとロックされます。",
    ],
  ),
  PIN_LOCKED: problem(
    ["The signature PIN is locked.", "Have it reset at the town hall."],
    ["署名用パスワードがロックされています。", "市区町村の窓口で初期化してください。"],
  ),
  PIN_LAST_TRIES: problem(
    [
      "Only the last tries of the signature PIN are left, and using one was not confirmed.",
      "Check the PIN, agree to use a try, and tap again.",
    ],
    [
      "署名用パスワードの残り回数がわずかなため、照合しませんでした。",
      "パスワードを確かめ、照合に同意してから、もう一度かざしてください。",
    ],
  ),
  PIN_EXCHANGE_TORN: problem(
    [
      "The card moved while the PIN was checked. It was not sent again, because that could use a second try.",
      "Hold the card still and tap again; the tries left are read first.",
    ],
    [
      "パスワードの照合中にカードが離れました。回数を消費しないよう再送していません。",
      "カードを動かさずに、もう一度かざしてください。残り回数を先に確かめます。",
    ],
  ),
  READER_UNAVAILABLE: problem(
    [
      "No card reader was found on this computer.",
      "Connect one, and check that its service (pcscd) runs and that the package smartcard is installed.",
    ],
    [
      "このコンピューターにカードリーダーが見つかりません。",
      "リーダーを接続し、サービス（pcscd）と smartcard パッケージを確認してください。",
    ],
  ),
  CARD_BUSY: problem(
    ["Another program is using the card.", "Close it and try again; no try was spent."],
    [
      "別のプログラムがカードを使用しています。",
      "終了してから、もう一度お試しください。回数は消費していません。",
    ],
  ),
  CARD_LOST: problem(
    ["The card was removed.", "Hold it still and tap again."],
    ["カードが離れました。", "動かさずに、もう一度かざしてください。"],
  ),
  CARD_MALFORMED: problem(
    [
      "The card's response is invalid.",
      "Tap again; if the error persists, have the card examined at the town hall.",
    ],
    [
      "カードの応答が正しくありません。",
      "もう一度かざしてください。続く場合は市区町村の窓口に相談してください。",
    ],
  ),
} as const satisfies Record<string, CardProblemText>;

export type CardProblem = keyof typeof cardProblems;

/** A tap that failed at the card; `message` is English, `ja` the same in Japanese. */
export class CardError extends Error {
  override name = "CardError";
  readonly code: CardProblem;
  readonly ja: string;
  /** What to do next. */
  readonly next: { readonly en: string; readonly ja: string };
  /** The PIN's remaining tries, if the card reported them. */
  readonly triesLeft: number | undefined;

  constructor(code: CardProblem, options: { triesLeft?: number; cause?: unknown } = {}) {
    super(cardProblems[code].en, { cause: options.cause });
    this.code = code;
    this.ja = cardProblems[code].ja;
    this.next = cardProblems[code].next;
    this.triesLeft = options.triesLeft;
  }
}
