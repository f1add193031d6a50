import { useWords, type Words } from "../frame/language.tsx";
import { type ShownTransaction, Transaction } from "./transaction.tsx";

/** A login as the phone has opened it. */
export interface OpenedLogin {
  party: { name: Words };
  /** What stands on the other screen too. */
  message?: string;
  transaction?: { shown: ShownTransaction };
  numbers?: number[];
  card: boolean;
}

/** What a person decides by: who asks, what is signed, the number where there is one. */
export function Opened({
  shown,
  isBusy,
  answer,
}: {
  shown: OpenedLogin;
  isBusy: boolean;
  answer: (decision: "confirm" | "decline", number?: number) => void;
}) {
  const say = useWords();
  const { party, message, transaction, numbers, card } = shown;
  return (
    <>
      <p>
        {transaction
          ? say({ ja: "署名を求めているのは", en: "A signature is asked for by" })
          : say({ ja: "ログインを求めているのは", en: "A login is asked for by" })}{" "}
        <strong>{say(party.name)}</strong>
        {message === undefined ? "" : `: ${message}`}
      </p>
      {transaction && <Transaction shown={transaction.shown} />}
      {card && (
        <p class="quiet">
          {say({ ja: "カードもかざして署名します。", en: "The card signs, too: it is held over." })}
        </p>
      )}
      {numbers ? (
        <>
          <p>
            {say({ ja: "相手の画面にある番号はどれですか。", en: "Which number is on the other screen?" })}
          </p>
          {numbers.map((number) => (
            <button key={number} type="button" disabled={isBusy} onClick={() => answer("confirm", number)}>
              {number}
            </button>
          ))}
        </>
      ) : (
        <button type="button" disabled={isBusy} onClick={() => answer("confirm")}>
          {transaction
            ? say({ ja: "署名する", en: "Sign" })
            : say({ ja: "ログインを承認する", en: "Approve the login" })}
        </button>
      )}
      <button type="button" class="second" disabled={isBusy} onClick={() => answer("decline")}>
        {say({ ja: "断る", en: "Decline" })}
      </button>
    </>
  );
}
