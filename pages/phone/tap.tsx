import { useContext, useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { LanguageContext, useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { Exchanges } from "./card.tsx";
import { CardContext, CardForm } from "./card-form.tsx";
import { type Notice, NoticeScreen } from "./notice.tsx";
import { type AtTheCard } from "./shapes.ts";

/** One tap: each notice on its own screen, the PIN, the card. */
export function Tap(props: { person: string; isEnrolled: boolean; done: () => void }) {
  const { person, isEnrolled, done } = props;
  const say = useWords();
  const language = useContext(LanguageContext);
  const { exchanges } = useContext(CardContext);
  const { act, isBusy, problem } = useAct();
  const [notices, setNotices] = useState<Notice[]>();
  const [party, setParty] = useState<Words>({ ja: "", en: "" });
  const [decided, setDecided] = useState<boolean[]>([]);
  const start = () =>
    act(async () => {
      const found = await call<{ notices: Notice[]; party: { name: Words } }>(
        "POST",
        `/people/${person}/notices`,
        { language },
      );
      setDecided([]);
      setParty(found.party.name);
      // Consents for the party are unchanged, on a new phone too.
      setNotices(found.notices.filter(({ purpose }) => !isEnrolled || purpose !== "disclosure"));
    });
  const tap = (at: AtTheCard) =>
    act(async () => {
      const agree = (notices ?? []).filter((_, index) => decided[index]).map(({ purpose }) => purpose);
      await call("POST", `/people/${person}/${isEnrolled ? "tap" : "enrol"}`, {
        ...at,
        agree,
        language,
      });
      setNotices(undefined);
      done();
    });
  const shown = notices?.[decided.length];
  return (
    <section data-step={notices === undefined ? "start" : shown ? "notice" : "pin"}>
      <h2>
        {isEnrolled
          ? say({ ja: "機種変更：新しいスマートフォンに入れ直す", en: "A new phone: one tap, no reissue" })
          : say({ ja: "カードをかざして証明書を受け取る", en: "One tap of the card, and a certificate" })}
      </h2>
      {notices === undefined && (
        <button type="button" disabled={isBusy} onClick={start}>
          {say({ ja: "はじめる", en: "Begin" })}
        </button>
      )}
      {shown && (
        <NoticeScreen
          key={shown.sha256}
          notice={shown}
          party={party}
          place={`${decided.length + 1}/${notices?.length}`}
          decide={(agreed) => setDecided((before) => [...before, agreed])}
          stop={() => setNotices(undefined)}
        />
      )}
      {notices && !shown && (
        <CardForm
          what={say({
            ja: `証明書の申請に、カードで署名します（${party.ja}）。`,
            en: `The card signs the application for a certificate (${party.en}).`,
          })}
          isBusy={isBusy}
          problem={problem}
          tap={tap}
        />
      )}
      <Refusal problem={problem} />
      {!(notices && !shown) && <Exchanges exchanges={exchanges} />}
    </section>
  );
}
