import { useState } from "preact/hooks";
import { useWords } from "../frame/language.tsx";
import type { AtTheCard } from "./shapes.ts";

/** With this many tries left none is used without the person's agreement: a locked card requires a visit to the town hall. */
const fewTries = 2;

/** The sign PIN. Persons are fictitious: the test card's PIN can be filled in with a button. */
export function PinForm(props: {
  pin: string;
  isBusy: boolean;
  isAway: boolean;
  /** As reported by the card. */
  triesLeft: number | undefined;
  tap: (at: AtTheCard) => void;
}) {
  const { pin, isBusy, isAway, triesLeft, tap } = props;
  const say = useWords();
  const [typed, setTyped] = useState("");
  const [agreed, setAgreed] = useState(false);
  const isLast = triesLeft !== undefined && triesLeft > 0 && triesLeft <= fewTries;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        tap({ pin: typed, lastTries: isLast && agreed });
        setTyped("");
        setAgreed(false);
      }}
    >
      <label>
        {say({ ja: "署名用パスワード", en: "Signature PIN" })}
        <input
          type="password"
          autocomplete="off"
          name="pin"
          value={typed}
          maxLength={16}
          onInput={({ currentTarget: { value } }) => setTyped(value)}
        />
      </label>
      <button type="button" class="second" disabled={isBusy} onClick={() => setTyped(pin)}>
        {say({ ja: `このテスト用カードのもの（${pin}）を入れる`, en: `Put in this test card's (${pin})` })}
      </button>
      {isLast && (
        <label class="check">
          <input
            type="checkbox"
            name="last-tries"
            checked={agreed}
            disabled={isBusy}
            onChange={({ currentTarget: { checked } }) => setAgreed(checked)}
          />
          {say({
            ja: `残り${triesLeft}回です。間違えると1回減り、なくなるとロックされて市区町村の窓口での手続きが必要になります。確かめたので、1回使います。`,
            en: `${triesLeft} tries are left. A wrong one is spent, and at none the card locks until the town hall resets it. I have made sure: spend one.`,
          })}
        </label>
      )}
      <button type="submit" disabled={isBusy || typed === "" || (isLast && !agreed)}>
        {isBusy
          ? isAway
            ? say({ ja: "認証局が確認しています…", en: "The CA is checking…" })
            : say({ ja: "カードを動かさないでください…", en: "Hold the card still…" })
          : say({ ja: "カードをかざす", en: "Hold the card over" })}
      </button>
    </form>
  );
}
