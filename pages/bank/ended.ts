import type { Problem } from "../frame/calls.ts";
import type { Words } from "../frame/language.tsx";
import type { Asking } from "./customer.ts";

const again: Words = { ja: "もう一度始めてください。", en: "Please start again." };

const said: Record<string, { message: Words; next: Words }> = {
  declined: {
    message: {
      ja: "承認されませんでした（断った、番号が違った、または中止した）。何も行われていません。",
      en: "It was not approved: declined, another number, or cancelled. Nothing was changed.",
    },
    next: again,
  },
  expired: {
    message: { ja: "期限が切れました。何も行われていません。", en: "It has expired. Nothing was changed." },
    next: again,
  },
  NO_ACCOUNT: {
    message: { ja: "この方の口座がありません。", en: "This person has no account here." },
    next: {
      ja: "スマートフォンで「相手先への提供」に同意して登録してください。",
      en: "Enrol on the phone, and agree that the bank is notified of changes.",
    },
  },
  OTHER_PERSON: {
    message: {
      ja: "別の方が署名しました。振込は行われません。",
      en: "Another person has signed. Nothing is transferred.",
    },
    next: {
      ja: "口座のご本人のスマートフォンで署名してください。",
      en: "Sign with the phone of the account's owner.",
    },
  },
  NOT_VERIFIED: {
    message: {
      ja: "確認できませんでした。何も行われていません。",
      en: "It could not be verified. Nothing was changed.",
    },
    next: again,
  },
};

/** Why a request to the phone failed, and what to do next; undefined if it did not. */
export function problemOf({ state, reason }: Asking): Problem | undefined {
  if (state === "open" || state === "done") return undefined;
  const code = state === "failed" ? (reason ?? "NOT_VERIFIED") : state;
  const about = said[code] ?? said["NOT_VERIFIED"];
  return about && { code: code.toUpperCase(), ...about };
}
