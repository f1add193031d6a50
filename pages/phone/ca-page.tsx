import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { CardForm } from "./card-form.tsx";
import { type AtTheCard } from "./shapes.ts";

/** What the card is asked to sign; `number` once it is chosen. */
interface Asked {
  act: string;
  numbers?: number[];
  number?: number;
}

/** Holds the card to the phone for the person page, which is shown in a browser and not here. */
export function CaPage({ person }: { person: string }) {
  const say = useWords();
  const { act, isBusy, problem } = useAct();
  const [link, setLink] = useState("");
  const [asked, setAsked] = useState<Asked>();
  const [back, setBack] = useState<string>();
  const [isDone, setIsDone] = useState(false);
  const open = () =>
    act(async () => {
      setBack(undefined);
      setIsDone(false);
      setAsked(undefined);
      setAsked(await call<Asked>("POST", `/people/${person}/person-page`, { link, look: true }));
    });
  const tap = (at: AtTheCard) =>
    act(async () => {
      const number = asked?.number === undefined ? {} : { number: asked.number };
      const order = { link, ...number, ...at };
      const answered = await call<{ returnTo?: string }>("POST", `/people/${person}/person-page`, order);
      setAsked(undefined);
      setBack(answered.returnTo);
      setIsDone(true);
    });
  const mustChoose = asked?.numbers !== undefined && asked.number === undefined;
  return (
    <section>
      <h2>{say({ ja: "認証局のご本人ページ", en: "Your page at the CA" })}</h2>
      <Refusal problem={problem} />
      {mustChoose && (
        <div class="item" aria-live="polite">
          <p>
            {say({ ja: "相手の画面にある番号はどれですか。", en: "Which number is on the other screen?" })}
          </p>
          {asked.numbers?.map((number) => (
            <button
              key={number}
              type="button"
              disabled={isBusy}
              onClick={() => setAsked({ ...asked, number })}
            >
              {number}
            </button>
          ))}
        </div>
      )}
      {asked && !mustChoose && (
        <div class="item" aria-live="polite">
          <CardForm
            what={
              asked.act === "grant-link"
                ? say({
                    ja: "認証局のご本人ページに表示された連携に、カードで署名します。",
                    en: "The card signs the link that the CA's page shows.",
                  })
                : say({
                    ja: "認証局のご本人ページを開くために、カードで署名します。",
                    en: "The card signs to open the CA's page.",
                  })
            }
            isBusy={isBusy}
            problem={problem}
            tap={tap}
          />
        </div>
      )}
      {isDone && (
        <p role="status">
          {back === undefined
            ? say({
                ja: "確認しました。ブラウザーの画面が進みます。",
                en: "Done: the browser continues by itself.",
              })
            : say({ ja: "始めたブラウザーで開いてください：", en: "Open this in the browser that started:" })}
          {back !== undefined && (
            <a class="press" href={back} rel="noreferrer">
              {say({ ja: "ご本人ページへ", en: "continue to your page" })}
            </a>
          )}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <label>
          {say({
            ja: "ご本人ページのリンク、または二次元コードの内容",
            en: "The page's link, or the content of its code",
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
