import { useState } from "preact/hooks";
import type { Problem } from "../frame/calls.ts";
import { useWords, type Words } from "../frame/language.tsx";
import { CardForm } from "./card-form.tsx";
import { type AtTheCard } from "./shapes.ts";
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

/** What is said with a yes: the number that was chosen, and where the card signs, its PIN. */
export type Signing = Partial<AtTheCard> & { number?: number };

/** What a person decides by: who asks, what is signed, the number where there is one; and the card, where it signs. */
export function Opened(props: {
  shown: OpenedLogin;
  isBusy: boolean;
  /** What came of the last answer. */
  problem: Problem | undefined;
  answer: (decision: "confirm" | "decline", signing?: Signing) => void;
}) {
  const { shown, isBusy, problem, answer } = props;
  const say = useWords();
  const { party, message, transaction, numbers, card } = shown;
  /** What the person has said yes to, and the card is yet to sign. */
  const [confirmed, setConfirmed] = useState<Signing>();
  const confirm = (signing: Signing) => (card ? setConfirmed(signing) : answer("confirm", signing));
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
      {confirmed ? (
        <CardForm
          what={
            transaction
              ? say({
                  ja: `この取引に、カードで署名します（${party.name.ja}）。`,
                  en: `The card signs this transaction (${party.name.en}).`,
                })
              : say({
                  ja: `このログインに、カードで署名します（${party.name.ja}）。`,
                  en: `The card signs this login (${party.name.en}).`,
                })
          }
          isBusy={isBusy}
          problem={problem}
          tap={(at) => answer("confirm", { ...confirmed, ...at })}
        />
      ) : (
        <>
          {card && (
            <p class="quiet">
              {say({
                ja: "次の画面でカードをかざして署名します。",
                en: "The card signs, too: it is asked for next.",
              })}
            </p>
          )}
          {numbers ? (
            <>
              <p>
                {say({
                  ja: "相手の画面にある番号はどれですか。",
                  en: "Which number is on the other screen?",
                })}
              </p>
              {numbers.map((number) => (
                <button key={number} type="button" disabled={isBusy} onClick={() => confirm({ number })}>
                  {number}
                </button>
              ))}
            </>
          ) : (
            <button type="button" disabled={isBusy} onClick={() => confirm({})}>
              {transaction
                ? say({ ja: "署名する", en: "Sign" })
                : say({ ja: "ログインを承認する", en: "Approve the login" })}
            </button>
          )}
        </>
      )}
      <button type="button" class="second" disabled={isBusy} onClick={() => answer("decline")}>
        {say({ ja: "断る", en: "Decline" })}
      </button>
    </>
  );
}
