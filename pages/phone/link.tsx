import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";

/** Opens a login from another page: its link, or what its code says, with the number that stands beside it. */
export function Link({ person, parties }: { person: string; parties: string[] }) {
  const say = useWords();
  const { act, isBusy, problem } = useAct();
  const [link, setLink] = useState("");
  const [number, setNumber] = useState("");
  const [party, setParty] = useState(parties[0] ?? "");
  const [returnTo, setReturnTo] = useState<string>();
  const open = () =>
    act(async () => {
      const order = { party, link, ...(number === "" ? {} : { number: Number(number) }) };
      const answered = await call<{ returnTo?: string }>("POST", `/people/${person}/login`, order);
      setLink("");
      setNumber("");
      setReturnTo(answered.returnTo);
    });
  return (
    <section>
      <h2>{say({ ja: "ログインする", en: "Log in somewhere" })}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <label>
          {say({ ja: "相手先", en: "Party" })}
          <select value={party} onChange={({ currentTarget }) => setParty(currentTarget.value)}>
            {parties.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say({
            ja: "ログイン画面のリンク、または二次元コードの内容",
            en: "The login page's link, or what its code says",
          })}
          <input
            type="text"
            name="link"
            value={link}
            maxLength={1_024}
            onInput={({ currentTarget }) => setLink(currentTarget.value)}
          />
        </label>
        <label>
          {say({ ja: "画面の番号（コードのとき）", en: "The number beside the code" })}
          <input
            type="text"
            name="number"
            inputMode="numeric"
            pattern="[0-9]{2}"
            value={number}
            onInput={({ currentTarget }) => setNumber(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isBusy || link === ""}>
          {say({ ja: "ログインを承認する", en: "Approve the login" })}
        </button>
      </form>
      <Refusal problem={problem} />
      {returnTo !== undefined && (
        <p role="status">
          {say({ ja: "始めたブラウザーで開いてください：", en: "Open this in the browser that began: " })}
          <a href={returnTo} rel="noreferrer">
            {say({ ja: "ログインを続ける", en: "go on with the login" })}
          </a>
        </p>
      )}
    </section>
  );
}
