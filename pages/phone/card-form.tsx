import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Problem } from "../frame/calls.ts";
import { useWords } from "../frame/language.tsx";
import { Exchanges, HeldCard } from "./card.tsx";
import { PinForm } from "./pin.tsx";
import type { AtTheCard, Exchange } from "./shapes.ts";

/** The card of the phone's person. */
export interface CardInHand {
  /** The test card's PIN. */
  pin: string;
  /** The exchanges since it was last held to the phone. */
  exchanges: Exchange[];
  /** It has signed and may be removed. */
  isAway: boolean;
  /** It is held to the phone again. */
  begin: () => void;
}

export const CardContext = createContext<CardInHand>({
  pin: "",
  exchanges: [],
  isAway: false,
  begin: () => {},
});

/** Asks for the card: the purpose, the PIN, and whether it must still be held. */
export function CardForm(props: {
  /** What the card signs. */
  what: string;
  isBusy: boolean;
  problem: Problem | undefined;
  tap: (at: AtTheCard) => void;
}) {
  const { what, isBusy, problem, tap } = props;
  const say = useWords();
  const { pin, exchanges, isAway, begin } = useContext(CardContext);
  return (
    <div data-card={isBusy ? (isAway ? "away" : "held") : "asked"}>
      <p>
        <strong>{what}</strong>
      </p>
      <HeldCard isHeld={isBusy && !isAway} exchanges={exchanges} />
      {isBusy && isAway && (
        <p role="status">
          {say({
            ja: "カードを離してかまいません。認証局が確認を続けています。J-LIS の応答が遅いときも、このままお待ちいただければ進みます。",
            en: "You can remove the card. The CA continues without it, also while J-LIS does not answer.",
          })}
        </p>
      )}
      <PinForm
        pin={pin}
        isBusy={isBusy}
        isAway={isAway}
        triesLeft={problem?.code.startsWith("PIN_") ? problem.triesLeft : undefined}
        tap={(at) => {
          begin();
          tap(at);
        }}
      />
      <Exchanges exchanges={exchanges} />
    </div>
  );
}

/** Whether the card, and not the CA, refused: then the signature is still open. */
export const isOfTheCard = ({ code }: Problem): boolean =>
  code.startsWith("PIN_") || ["NOT_A_CARD", "CARD_LOST", "CARD_BUSY", "CARD_MALFORMED"].includes(code);
