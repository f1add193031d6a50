import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { type Asked as AskedOf, useAct, useAsked } from "../frame/live.ts";

interface Asked {
  noticeId: string;
  where: "here" | "elsewhere";
  at: string;
  stopped: boolean;
  mayStop: boolean;
  datedBy: "hour" | "day";
  phone: "current" | "former";
  party: string;
}
export interface NewPhonesAnswer {
  asked: Asked[];
  ended: { party: string; enrolmentId: string; why: "stopped" | "expired" }[];
}

const questions = {
  here: {
    ja: "あなたの証明書が新しいスマートフォンに移りました。ご本人の操作ですか。",
    en: "Your identity is on a new phone: was this you?",
  },
  elsewhere: {
    ja: "あなたのカードで新しいスマートフォンが設定されました。ご本人の操作ですか。",
    en: "A new phone was set up with your card: was this you?",
  },
};
const byTheDay = { dateStyle: "long", timeZone: "Asia/Tokyo" } as const;
const days = {
  ja: new Intl.DateTimeFormat("ja", byTheDay),
  en: new Intl.DateTimeFormat("en", byTheDay),
};

/** The questions about new phones, and the ended enrolments of this phone. */
export const useNewPhones = (person: string, tick: number): AskedOf<NewPhonesAnswer> =>
  useAsked(() => call<NewPhonesAnswer>("POST", `/people/${person}/new-phones`, {}), person, tick);

/** The question about a new phone, with a button that stops it; on the new one, that it was stopped. */
export function NewPhones({
  person,
  phone,
  found: { value, problem, again },
}: {
  person: string;
  phone: Asked["phone"];
  found: AskedOf<NewPhonesAnswer>;
}) {
  const say = useWords();
  const { act, isBusy, problem: refused } = useAct();
  const freeze = (noticeId: string, more: { newer?: true } = {}) =>
    act(async () => {
      try {
        await call("POST", `/people/${person}/not-me`, { noticeId, ...more });
      } finally {
        again();
      }
    });
  const asked = value?.asked.filter((each) => each.phone === phone) ?? [];
  const waiting = asked.filter(({ stopped, mayStop }) => mayStop && !stopped);
  const ended = phone === "current" ? (value?.ended ?? []) : [];
  if (phone === "current" && asked.length + ended.length === 0 && !problem) return null;
  return (
    <section aria-live="polite">
      <h2>{say({ ja: "新しいスマートフォン", en: "A new phone" })}</h2>
      <Refusal problem={refused ?? problem} />
      {ended.map(({ party, enrolmentId, why }) => (
        <p key={enrolmentId} class="refusal" role="status">
          {why === "expired"
            ? say({
                ja: `このスマートフォンの証明書は期限が切れました（${party}）。カードをかざすと、また使えます。`,
                en: `The certificate of this phone has expired (${party}). Hold your card over it to go on.`,
              })
            : say({
                ja: `このスマートフォンの証明書は止められました（${party}）。ご本人なら、カードをかざすと戻せます。`,
                en: `This phone was stopped (${party}). If it is yours, hold your card over it to come back.`,
              })}
        </p>
      ))}
      {value && phone === "former" && asked.length === 0 && (
        <p class="quiet">{say({ ja: "お知らせはありません。", en: "No notices." })}</p>
      )}
      <ul>
        {asked.map(({ noticeId, where, party, stopped, mayStop, datedBy, at }) => (
          <li key={noticeId} class="item">
            <p>
              <strong>{party}</strong>: {say(questions[where])}
            </p>
            {datedBy === "day" && (
              <p class="quiet">
                {say({
                  ja: `設定日: ${days.ja.format(new Date(at))}`,
                  en: `Set up on ${days.en.format(new Date(at))}`,
                })}
              </p>
            )}
            {stopped ? (
              <p>
                {say({
                  ja: "新しいスマートフォンを止めました。ご本人のスマートフォンにカードをかざすと戻せます。",
                  en: "The new phone is stopped. Tap your card on your own phone to restore it.",
                })}
              </p>
            ) : !mayStop ? (
              <p class="quiet">
                {say({
                  ja: "このスマートフォンからは止められません。お心当たりがなければ、ほかのスマートフォンで止め、市区町村でカードの利用を止めてください。",
                  en: "This phone cannot stop it. If it was not you, stop it on another phone, and have the card stopped at the town hall.",
                })}
              </p>
            ) : (
              <>
                <button type="button" disabled={isBusy} onClick={() => freeze(noticeId)}>
                  {say({ ja: "自分ではない（止める）", en: "This was not me: stop it" })}
                </button>
                {waiting.length > 1 && (
                  <button type="button" disabled={isBusy} onClick={() => freeze(noticeId, { newer: true })}>
                    {say({ ja: "これより新しいものもすべて止める", en: "Stop it and every newer phone" })}
                  </button>
                )}
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
