import { useContext, useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { LanguageContext, useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { Exchanges, HeldCard } from "./card.tsx";
import type { Exchange } from "./main.tsx";
import { type Notice, NoticeScreen } from "./notice.tsx";
import { PinForm } from "./pin.tsx";

/** One tap: each notice on a screen of its own, the PIN, the card. */
export function Tap(props: {
  person: string;
  pin: string;
  isEnrolled: boolean;
  exchanges: Exchange[];
  begin: () => void;
  done: () => void;
}) {
  const { person, pin, isEnrolled, exchanges, begin, done } = props;
  const say = useWords();
  const language = useContext(LanguageContext);
  const { act, isBusy, problem } = useAct();
  const [notices, setNotices] = useState<Notice[]>();
  const [decided, setDecided] = useState<boolean[]>([]);
  const start = () =>
    act(async () => {
      const found = await call<{ notices: Notice[] }>("POST", `/people/${person}/notices`, { language });
      setDecided([]);
      // What was agreed for the party stays as it is, on a new phone too.
      setNotices(found.notices.filter(({ purpose }) => !isEnrolled || purpose !== "disclosure"));
    });
  const tap = (typed: string) =>
    act(async () => {
      begin();
      const agree = (notices ?? []).filter((_, index) => decided[index]).map(({ purpose }) => purpose);
      await call("POST", `/people/${person}/${isEnrolled ? "tap" : "enrol"}`, {
        pin: typed,
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
          place={`${decided.length + 1}/${notices?.length}`}
          decide={(agreed) => setDecided((before) => [...before, agreed])}
          stop={() => setNotices(undefined)}
        />
      )}
      {notices && !shown && (
        <>
          <HeldCard isHeld={isBusy} exchanges={exchanges} />
          <PinForm pin={pin} isBusy={isBusy} tap={tap} />
        </>
      )}
      <Refusal problem={problem} />
      <Exchanges exchanges={exchanges} />
    </section>
  );
}
