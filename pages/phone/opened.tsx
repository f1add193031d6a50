import { useState } from "preact/hooks";
import type { Problem } from "../frame/calls.ts";
import { useWords, type Words } from "../frame/language.tsx";
import { CardForm } from "./card-form.tsx";
import { type AtTheCard } from "./shapes.ts";
import { type ShownTransaction, Transaction } from "./transaction.tsx";

/** A login opened on the phone. */
export interface OpenedLogin {
  party: { name: Words };
  /** Also shown on the other screen. */
  message?: string;
  transaction?: { shown: ShownTransaction };
  numbers?: number[];
  card: boolean;
}

/** The inputs of an approval: the chosen number and, if the card signs, its PIN. */
export type Signing = Partial<AtTheCard> & { number?: number };

/** What a person decides on: the party, what is signed, the number if any, and the card if it signs. */
export function Opened(props: {
  shown: OpenedLogin;
  isBusy: boolean;
  /** The result of the last answer. */
  problem: Problem | undefined;
  answer: (decision: "confirm" | "decline", signing?: Signing) => void;
}) {
  const { shown, isBusy, problem, answer } = props;
  const say = useWords();
  const { party, message, transaction, numbers, card } = shown;
  /** Approved by the person, and still to be signed by the card. */
  const [confirmed, setConfirmed] = useState<Signing>();
  const confirm = (signing: Signing) => (card ? setConfirmed(signing) : answer("confirm", signing));
  return (
    <>
      <p>
        {transaction
          ? say({ ja: "署名を求めているのは", en: "A signature is requested by" })
          : say({ ja: "ログインを求めているのは", en: "A login is requested by" })}{" "}
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
                en: "The card must also sign, in the next step.",
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
