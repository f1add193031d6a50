/** An event at the town hall that changes a person's data. Of the values, the one after the current one. */
export type LifeEvent =
  | { act: "move"; to: readonly { address: string; prefecture: string; city: string }[] }
  | { act: "rename"; to: readonly { name: string; formerName?: string }[] };

/** What happened before the sandbox starts. `lock-pin`: wrong PINs until no tries were left. */
export type Mishap =
  | { act: "revoke"; reason: string }
  | { act: "lose" }
  | { act: "die" }
  | { act: "lock-pin" };

/** A test person: the register entry, the mishap, and what a party sees. */
export interface PersonOfTheCast {
  /** In URLs, and the name of the card in the simulated reader. */
  slug: string;
  register: {
    name: string;
    address: string;
    prefecture: string;
    city: string;
    /** As in the card's certificate; `yearsOld` instead computes it when the person is created. */
    dateOfBirth?: string;
    yearsOld?: number;
    sex: "male" | "female" | "unknown";
  };
  mishap?: Mishap;
  /** What one `move` plays, in this order. */
  life: readonly LifeEvent[];
  /** What the person agrees to when asked to enrol. */
  agrees: readonly ("terms" | "register-refresh" | "disclosure")[];
  /** The result of an enrolment: a certificate, or this code from the card or the CA. */
  enrolment: "ISSUED" | "CERTIFICATE_REVOKED" | "CERTIFICATE_ON_HOLD" | "PIN_LOCKED";
  /** The expected behaviour, one line. */
  expect: { en: string; ja: string };
}

const tokyo = { prefecture: "Tokyo-to", city: "Setagaya-ku" } as const;
const osaka = { prefecture: "Osaka-fu", city: "Osaka-shi Kita-ku" } as const;
const sapporo = { prefecture: "Hokkaido", city: "Sapporo-shi Chuo-ku" } as const;
const nara = { prefecture: "Nara-ken", city: "Kashihara-shi" } as const;

const home = "東京都世田谷区三軒茶屋一丁目２番３号";
const homes = [
  { address: "大阪府大阪市北区中之島一丁目３番２０号　中之島ハイツ８０２号", ...osaka },
  { address: "北海道札幌市中央区北一条西二丁目１番地", ...sapporo },
  { address: "奈良県橿原市八木町一丁目７８番地の９", ...nara },
] as const;

const everything = ["terms", "register-refresh", "disclosure"] as const;
const moves: readonly LifeEvent[] = [{ act: "move", to: homes }];

const person = (
  own: Pick<PersonOfTheCast, "slug" | "expect"> & {
    register: Pick<PersonOfTheCast["register"], "name"> & Partial<PersonOfTheCast["register"]>;
  } & Partial<Omit<PersonOfTheCast, "register">>,
): PersonOfTheCast => ({
  life: moves,
  agrees: everything,
  enrolment: "ISSUED",
  ...own,
  register: {
    address: home,
    sex: "female",
    ...tokyo,
    ...(own.register.yearsOld === undefined ? { dateOfBirth: "419900415" } : {}),
    ...own.register,
  },
});

/**
 * The test persons of the sandbox, one for each outcome that a party must handle. They are fictitious. All cards have the sign
 * PIN ABC12345.
 */
export const persons: readonly PersonOfTheCast[] = [
  person({
    slug: "plain",
    register: { name: "山田　花子" },
    expect: {
      en: "No problems: issued; a move asks for one confirmation; then the party has the new address.",
      ja: "すべて順調。証明書が発行され、転居すると確認を一度求められ、承諾すると相手先に新住所が届く。",
    },
  }),
  person({
    slug: "married",
    register: { name: "鈴木　愛", dateOfBirth: "419930622" },
    life: [
      {
        act: "rename",
        to: [
          { name: "佐藤　愛", formerName: "鈴木" },
          { name: "鈴木　愛", formerName: "佐藤" },
        ],
      },
    ],
    expect: {
      en: "Issued; a move is a marriage: the name changes, and the new one has the former in brackets.",
      ja: "発行される。「move」は婚姻で、氏が変わり、新しい氏名に旧氏が括弧書きで付く。",
    },
  }),
  person({
    slug: "moved-twice",
    register: { name: "高橋　健", dateOfBirth: "319850703", sex: "male" },
    life: [...moves, ...moves],
    expect: {
      en: "Issued; a move is two moves before anybody answers: the first question is superseded, only the newest counts.",
      ja: "発行される。「move」で続けて二度転居し、最初の確認は取り下げられ、最新の住所だけが確認対象になる。",
    },
  }),
  person({
    slug: "odd-characters",
    register: {
      // A character outside the basic plane, one with a variation selector, one without a known substitute.
      name: "𠮷田　葛\u{E0100}子𠀋",
      address: `北海道札幌市中央区北一条西二丁目１番地　${"サッポロセントラルパークレジデンスタワー".repeat(8)}壱号館２８０１号室`,
      ...sapporo,
    },
    expect: {
      en: "Issued; the party reads substitutes (吉, 葛, ＊) with a 1 in nameSubstitution, and an address of 189 characters.",
      ja: "発行される。相手先には代替文字（吉・葛・＊）と nameSubstitution の 1、189字の住所が渡る。",
    },
  }),
  person({
    slug: "latin-name",
    register: { name: "ＳＭＩＴＨ　ＪＯＨＮ　ＭＩＣＨＡＥＬ", dateOfBirth: "419881231", sex: "male" },
    expect: {
      en: "Issued; a foreigner's name, full-width Latin letters in three parts: do not split it into two.",
      ja: "発行される。外国人住民の氏名で、全角ローマ字の三つの部分からなる。二つに分けないこと。",
    },
  }),
  person({
    slug: "unknown-birth-date",
    register: { name: "中村　ハル", dateOfBirth: "319500000" },
    expect: {
      en: "Issued; month and day of birth are unknown: dateOfBirth is 319500000, and no calendar has that day.",
      ja: "発行される。生年月日の月日が不明で、dateOfBirth は 319500000 になる（暦にない日付）。",
    },
  }),
  person({
    slug: "minor",
    register: { name: "伊藤　蒼", yearsOld: 16, sex: "unknown" },
    expect: {
      en: "Issued, because cards can sign from age 15; the party sees a date of birth under 18 and decides itself.",
      ja: "15歳以上なので発行される。相手先は18歳未満であることを生年月日から判断する。",
    },
  }),
  person({
    slug: "reticent",
    register: { name: "小林　静" },
    agrees: ["terms"],
    expect: {
      en: "Issued, but agrees to the terms alone: no attributes for the party, and nobody is notified of a move.",
      ja: "規約だけに同意。証明書は発行されるが、相手先に属性は渡らず、転居も通知されない。",
    },
  }),
  person({
    slug: "revoked",
    register: { name: "加藤　誠", sex: "male" },
    mishap: { act: "revoke", reason: "keyCompromise" },
    enrolment: "CERTIFICATE_REVOKED",
    expect: {
      en: "Refused with CERTIFICATE_REVOKED: the card's certificate is revoked. Renew it at the town hall to fix this.",
      ja: "CERTIFICATE_REVOKED で拒否される。カードの電子証明書が失効している。窓口で更新すれば直る。",
    },
  }),
  person({
    slug: "lost",
    register: { name: "渡辺　翔", sex: "male" },
    mishap: { act: "lose" },
    enrolment: "CERTIFICATE_ON_HOLD",
    expect: {
      en: "Refused with CERTIFICATE_ON_HOLD: the card was reported lost. Get a new card at the town hall to fix this.",
      ja: "CERTIFICATE_ON_HOLD で拒否される。カードの紛失届が出ている。窓口で新しいカードを受け取れば直る。",
    },
  }),
  person({
    slug: "locked",
    register: { name: "松本　樹", sex: "male" },
    mishap: { act: "lock-pin" },
    enrolment: "PIN_LOCKED",
    expect: {
      en: "PIN_LOCKED, reported by the card: no application reaches the CA. The town hall unlocks it.",
      ja: "カードが PIN_LOCKED を返し、申込みは認証局に届かない。窓口で初期化すれば直る。",
    },
  }),
  person({
    slug: "died",
    register: { name: "斎藤　一郎", dateOfBirth: "319380115", sex: "male" },
    mishap: { act: "die" },
    enrolment: "CERTIFICATE_REVOKED",
    expect: {
      en: "Refused with CERTIFICATE_REVOKED and no reason: nobody learns that a person has died.",
      ja: "CERTIFICATE_REVOKED で拒否される。理由は示されず、死亡の事実は誰にも伝わらない。",
    },
  }),
];

/** The value after the current one, cyclically; the first if the current one is none of them. */
export function nextOf<T>(options: readonly T[], isNow: (option: T) => boolean): T {
  const next = options[options.findIndex(isNow) + 1] ?? options[0];
  if (next === undefined) throw new Error("A person of the cast has a life event without values.");
  return next;
}
