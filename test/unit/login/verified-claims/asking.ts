import { answerOf, planOf, readsOf } from "../../../../domain/login/verified-claims/answering.ts";
import type { RecordAttributes } from "../../../../registry/attribute-record/records.ts";

/** A person whose attributes were proven on 30 November in Japan. */
export const held: RecordAttributes = {
  name: "山田　太郎",
  nameSubstitution: "00000",
  sex: "male",
  dateOfBirth: "419900401",
  address: "東京都千代田区千代田一丁目１番１号",
  addressSubstitution: "",
  furigana: "ヤマダ　タロウ",
};
export const provenAt = new Date("2026-11-29T15:00:00.000Z");
export const now = new Date("2026-12-01T00:00:00.000Z");

export interface Element {
  verification: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/** What UserInfo answers to a request, if the consent covers these members of the record. */
export function ask(request: unknown, attributes: Partial<RecordAttributes> = held) {
  const plan = planOf(request);
  const { verifiedClaims, disclosed } = answerOf(plan, { provenAt, attributes }, now);
  return { answer: verifiedClaims as Element | Element[] | undefined, disclosed, reads: readsOf(plan) };
}

/** The answer to a request of one element. */
export const one = (verification: object, claims: object = { gender: null }): Element | undefined =>
  ask({ verification, claims }).answer as Element | undefined;
