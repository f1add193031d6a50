import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";

/** Holds the card to the phone for the CA's own page: what is seen and done there stands on that page, and not here. */
export function CaPage({ person }: { person: string }) {
  const say = useWords();
  const { act, isBusy, problem } = useAct();
  const [link, setLink] = useState("");
  const [numbers, setNumbers] = useState<number[]>();
  const [back, setBack] = useState<string>();
  const [isDone, setIsDone] = useState(false);
  const tap = (number?: number) =>
    act(async () => {
      setBack(undefined);
      setIsDone(false);
      setNumbers(undefined);
      const order = { link, ...(number === undefined ? {} : { number }) };
      const answered = await call<{ numbers?: number[]; returnTo?: string }>(
        "POST",
        `/people/${person}/person-page`,
        order,
      );
      setNumbers(answered.numbers);
      setBack(answered.returnTo);
      setIsDone(answered.numbers === undefined);
    });
  return (
    <section>
      <h2>{say({ ja: "認証局のご本人ページ", en: "Your page at the CA" })}</h2>
      <Refusal problem={problem} />
      {numbers && (
        <div class="item" aria-live="polite">
          <p>
            {say({ ja: "相手の画面にある番号はどれですか。", en: "Which number is on the other screen?" })}
          </p>
          {numbers.map((number) => (
            <button key={number} type="button" disabled={isBusy} onClick={() => tap(number)}>
              {number}
            </button>
          ))}
        </div>
      )}
      {isDone && (
        <p role="status">
          {back === undefined
            ? say({
                ja: "確認しました。ブラウザーの画面が進みます。",
                en: "Done: the browser goes on by itself.",
              })
            : say({ ja: "始めたブラウザーで開いてください：", en: "Open this in the browser that began: " })}
          {back !== undefined && (
            <a class="press" href={back} rel="noreferrer">
              {say({ ja: "ご本人ページへ", en: "go on to your page" })}
            </a>
          )}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          tap();
        }}
      >
        <label>
          {say({
            ja: "ご本人ページのリンク、または二次元コードの内容",
            en: "The page's link, or what its code says",
          })}
          <input
            type="text"
            name="page"
            value={link}
            maxLength={1_024}
            onInput={({ currentTarget }) => setLink(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isBusy || link === ""}>
          {say({ ja: "ご本人ページをカードで開く", en: "Open your page with the card" })}
        </button>
      </form>
    </section>
  );
}
