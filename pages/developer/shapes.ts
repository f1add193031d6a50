import type { Words } from "../frame/language.tsx";

export interface ReadyClient {
  issuer: string;
  clientId: string;
  kid: string;
  keyFile: string;
  pemFile: string;
  redirectUri: string;
}

export interface First {
  issuers: Record<"openid" | "oidc", ReadyClient>;
  root: { file: string; sha256: string };
}

export interface Person {
  person: string;
  name: string;
  expect: Words;
  enrolments: { party: string }[];
}

export const outcomes = ["approved", "declined", "locked", "moved", "died"] as const;
export type Outcome = (typeof outcomes)[number];

export interface Choice {
  person: string;
  outcome: Outcome;
}

export const outcomeWords: Record<Outcome, Words> = {
  approved: { ja: "承認する", en: "Approved" },
  declined: { ja: "断る", en: "Declined" },
  locked: { ja: "カードの暗証番号がロックされている", en: "Locked: the card's PIN is locked" },
  moved: {
    ja: "転居し、通知に同意してから承認する",
    en: "Moved: the person moves, confirms the change for the party, and approves",
  },
  died: { ja: "死亡している", en: "Died" },
};

/** What the party sees of an outcome. */
export const seenWords: Record<Outcome, Words> = {
  approved: {
    ja: "認可コードが届きます。未登録の人は、先にワンタップで登録します。",
    en: "You get a code. A person who is not enrolled yet enrols first, with one tap.",
  },
  declined: { ja: "access_denied が返ります。", en: "You get access_denied." },
  locked: {
    ja: "カードが PIN_LOCKED を返します。カードを求めるログインと登録はできません。端末の鍵だけのログインは成功します。この人の暗証番号は、窓口で初期化するまでロックされたままです。",
    en: "The card answers PIN_LOCKED: no login that asks for the card, and no enrolment. A login with the phone's key alone succeeds. The PIN stays locked until the town hall unlocks it.",
  },
  moved: {
    ja: "認可コードのあと、ストリームにイベントが届き、新しい住所を取得できます。",
    en: "You get a code; then the event arrives on your stream, and the new address can be read.",
  },
  died: {
    ja: "カードが CERTIFICATE_REVOKED で拒否されます。理由は誰にも示されません。端末の鍵だけのログインは、認証局が失効させるまで成功します。この人は元に戻りません。",
    en: "The card is refused with CERTIFICATE_REVOKED; nobody learns why. A login with the phone's key alone succeeds until the CA revokes it. This person does not come back.",
  },
};

export interface Exchange {
  id: number;
  at: string;
  kind: string;
  client?: string;
  method: string;
  path: string;
  status: number;
  ms: number;
  curl: string;
  location?: string;
  answer?: unknown;
  times: number;
}

export const kindWords: Record<string, Words> = {
  discovery: { ja: "メタデータ", en: "Metadata" },
  keys: { ja: "公開鍵", en: "Public keys" },
  "pushed-request": { ja: "認可リクエストの事前送信", en: "Pushed authorization request" },
  backchannel: { ja: "ブラウザーを使わないログインの開始", en: "Login without a browser begins" },
  "login-begins": { ja: "ログインの開始（ブラウザー）", en: "Login begins (browser)" },
  "login-page": { ja: "ログイン画面（ブラウザー）", en: "Login page (browser)" },
  "login-returns": { ja: "端末から戻る（ブラウザー）", en: "Back from the phone (browser)" },
  "login-ends": { ja: "相手先へ戻る（ブラウザー）", en: "Back to the party (browser)" },
  token: { ja: "トークン", en: "Token" },
  userinfo: { ja: "UserInfo", en: "UserInfo" },
  stream: { ja: "ストリーム", en: "Stream" },
  poll: { ja: "イベントのポーリング", en: "Poll for events" },
  push: { ja: "プッシュされたイベント", en: "Event pushed to the receiver" },
  attributes: { ja: "属性の取得", en: "Attributes" },
  acknowledgement: { ja: "反映の報告", en: "Acknowledgement" },
  transaction: { ja: "取引の署名", en: "Signed transaction" },
  link: { ja: "連携", en: "Link" },
};
