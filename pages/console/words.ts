import type { Words } from "../frame/language.tsx";

const lifecycles: Record<string, Words> = {
  issuance: { ja: "発行", en: "Issuance" },
  consent: { ja: "同意", en: "Consent" },
  "change-detection": { ja: "変更検知", en: "Change detection" },
  notification: { ja: "通知", en: "Notification" },
  delivery: { ja: "配送", en: "Delivery" },
};
const kinds: Record<string, Words> = {
  ...lifecycles,
  person: { ja: "本人", en: "Person" },
  party: { ja: "相手先", en: "Party" },
  enrolment: { ja: "登録", en: "Enrolment" },
  certificate: { ja: "証明書", en: "Certificate" },
  revocation: { ja: "失効", en: "Revocation" },
  anchor: { ja: "基本4情報の版", en: "Anchor version" },
  writing: { ja: "基本4情報の表記", en: "Anchor writing" },
  "consent-grant": { ja: "同意", en: "Consent given" },
  "consent-renew": { ja: "同意の更新", en: "Consent renewed" },
  "consent-amend": { ja: "同意の変更", en: "Consent amended" },
  "consent-withdraw": { ja: "同意の撤回", en: "Consent withdrawn" },
  "attributes-read": { ja: "属性の読み取り", en: "Attributes read" },
};
const states: Record<string, Words> = {
  applied: { ja: "申込済み", en: "applied" },
  active: { ja: "有効", en: "active" },
  superseded: { ja: "引き継ぎ済み", en: "superseded" },
  revoked: { ja: "失効", en: "revoked" },
  ended: { ja: "終了", en: "ended" },
  "in-force": { ja: "有効", en: "in force" },
  withdrawn: { ja: "撤回済み", en: "withdrawn" },
  expired: { ja: "期限切れ", en: "expired" },
  open: { ja: "本人の応答待ち", en: "waiting for the person" },
  confirmed: { ja: "本人が承認", en: "confirmed" },
  declined: { ja: "本人が拒否", en: "declined" },
  pending: { ja: "配送中", en: "pending" },
  delivered: { ja: "配送済み", en: "delivered" },
  "dead-lettered": { ja: "配送不能", en: "dead-lettered" },
  cancelled: { ja: "取り消し", en: "cancelled" },
  waiting: { ja: "待機", en: "waiting" },
  dispatched: { ja: "照会中", en: "dispatched" },
  settled: { ja: "完了", en: "settled" },
  operator: { ja: "運用者の判断待ち", en: "waiting for an operator" },
  good: { ja: "有効", en: "good" },
  intended: { ja: "発行予定", en: "intended" },
};

const calls: Record<string, Words> = {
  status: { ja: "状態の確認", en: "status" },
  linkage: { ja: "新旧の照会", en: "linkage" },
  attributes: { ja: "最新情報の取得", en: "attributes" },
};

/** An unknown state is shown by the engine's name. */
const wordsOf =
  (known: Record<string, Words>) =>
  (word: string): Words =>
    known[word] ?? { ja: word, en: word };

export const lifecycleNames = Object.keys(lifecycles);
export const lifecycleWords = wordsOf(lifecycles);
export const kindWords = wordsOf(kinds);
export const stateWords = wordsOf(states);
export const callWords = wordsOf(calls);
