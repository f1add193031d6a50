import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import type { Exchange } from "./main.tsx";

const purposes = [
  {
    id: "terms",
    words: { ja: "利用規約に同意する", en: "I agree to the terms" },
    needed: true,
  },
  {
    id: "register-refresh",
    words: {
      ja: "氏名・住所などの変更を、認証局が J-LIS に確かめてよい",
      en: "The CA may learn changes of my name and address from J-LIS",
    },
    needed: false,
  },
  {
    id: "disclosure",
    words: {
      ja: "ABC銀行に、氏名・住所・生年月日・性別を伝えてよい",
      en: "ABC Bank may be told my name, address, date of birth and sex",
    },
    needed: false,
  },
] as const;

/** One tap: what is agreed to, the PIN, the card. The card's answers are shown as they come. */
export function Tap({
  person,
  pin,
  isEnrolled,
  exchanges,
  begin,
  done,
}: {
  person: string;
  pin: string;
  isEnrolled: boolean;
  exchanges: Exchange[];
  begin: () => void;
  done: () => void;
}) {
  const say = useWords();
  const { act, isBusy, problem } = useAct();
  const [typed, setTyped] = useState("");
  const [agreed, setAgreed] = useState<string[]>(purposes.map(({ id }) => id));
  const tap = () =>
    act(async () => {
      begin();
      const path = `/people/${person}/${isEnrolled ? "tap" : "enrol"}`;
      await call("POST", path, { pin: typed, ...(isEnrolled ? {} : { agree: agreed }) });
      setTyped("");
      done();
    });
  return (
    <section>
      <h2>
        {isEnrolled
          ? say({ ja: "機種変更：新しいスマートフォンに入れ直す", en: "A new phone: one tap, no reissue" })
          : say({ ja: "カードをかざして証明書を受け取る", en: "One tap of the card, and a certificate" })}
      </h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          tap();
        }}
      >
        {!isEnrolled && (
          <fieldset>
            <legend>{say({ ja: "同意すること", en: "What you agree to" })}</legend>
            {purposes.map(({ id, words, needed }) => (
              <label key={id}>
                <input
                  type="checkbox"
                  checked={agreed.includes(id)}
                  disabled={needed}
                  onChange={({ currentTarget: { checked } }) =>
                    setAgreed((before) => (checked ? [...before, id] : before.filter((each) => each !== id)))
                  }
                />{" "}
                {say(words)}
              </label>
            ))}
          </fieldset>
        )}
        <label>
          {say({
            ja: `署名用パスワード（このカードは ${pin}）`,
            en: `Signature PIN (this card's is ${pin})`,
          })}
          <input
            type="password"
            autocomplete="off"
            name="pin"
            value={typed}
            maxLength={16}
            onInput={({ currentTarget: { value } }) => setTyped(value)}
          />
        </label>
        <div class={isBusy ? "tap near" : "tap"} aria-hidden="true" />
        <button type="submit" disabled={isBusy || typed === ""}>
          {isBusy
            ? say({ ja: "カードを動かさないでください…", en: "Hold the card still…" })
            : say({ ja: "カードをかざす", en: "Hold the card over" })}
        </button>
      </form>
      <Refusal problem={problem} />
      {exchanges.length > 0 && (
        <details>
          <summary>
            {say({
              ja: `カードとのやりとり（${exchanges.length}）`,
              en: `Exchanges with the card (${exchanges.length})`,
            })}
          </summary>
          <ol class="exchanges">
            {exchanges.map(({ meaning, status, outcome }, index) => (
              <li key={index}>
                {meaning} → {status} {outcome}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}
