/** What can go wrong between phone and card, as a closed list. */
export const cardProblems = {
  NOT_A_CARD: {
    en: "This is not a My Number Card, or its JPKI application does not answer.",
    ja: "マイナンバーカードではないか、公的個人認証の機能が応答しません。",
  },
  PIN_FORMAT: {
    en: "The signature PIN has 6 to 16 letters and digits.",
    ja: "署名用パスワードは6〜16桁の英数字です。",
  },
  PIN_WRONG: { en: "The signature PIN is wrong.", ja: "署名用パスワードが違います。" },
  PIN_LOCKED: {
    en: "The signature PIN is locked; it can be reset at the town hall.",
    ja: "署名用パスワードがロックされています。市区町村の窓口で初期化してください。",
  },
  PIN_FEW_TRIES: {
    en: "Only a few tries of the signature PIN are left, and nobody agreed to spend one.",
    ja: "署名用パスワードの残り回数がわずかです。",
  },
  PIN_EXCHANGE_TORN: {
    en: "The card moved while the PIN was checked. It was not sent again, for that could spend a second try.",
    ja: "パスワードの照合中にカードが離れました。回数を消費しないよう再送していません。",
  },
  CARD_LOST: {
    en: "The card moved away; hold it still and tap again.",
    ja: "カードが離れました。もう一度かざしてください。",
  },
  CARD_MALFORMED: { en: "The card answered in a way it should not.", ja: "カードの応答が正しくありません。" },
} as const;

export type CardProblem = keyof typeof cardProblems;

/** A tap that failed on the card's side; `message` is English, `ja` the same in Japanese. */
export class CardError extends Error {
  override name = "CardError";
  readonly code: CardProblem;
  readonly ja: string;
  /** Tries of the PIN that are left, where the card told. */
  readonly triesLeft: number | undefined;

  constructor(code: CardProblem, options: { triesLeft?: number; cause?: unknown } = {}) {
    super(cardProblems[code].en, { cause: options.cause });
    this.code = code;
    this.ja = cardProblems[code].ja;
    this.triesLeft = options.triesLeft;
  }
}
