import { useState } from "preact/hooks";
import { useWords } from "../frame/language.tsx";

/** The sign PIN. Nobody is real here: the test card's own can be put in with the mouse. */
export function PinForm(props: { pin: string; isBusy: boolean; tap: (typed: string) => void }) {
  const { pin, isBusy, tap } = props;
  const say = useWords();
  const [typed, setTyped] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        tap(typed);
        setTyped("");
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
      <button type="submit" disabled={isBusy || typed === ""}>
        {isBusy
          ? say({ ja: "カードを動かさないでください…", en: "Hold the card still…" })
          : say({ ja: "カードをかざす", en: "Hold the card over" })}
      </button>
    </form>
  );
}
