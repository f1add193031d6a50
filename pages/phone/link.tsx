import { useEffect, useState } from "preact/hooks";
import { call, Refused } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { isOfTheCard } from "./card-form.tsx";
import { Opened, type OpenedLogin, type Signing } from "./opened.tsx";

interface Named {
  party: string;
  link: string;
}

/** The link with which the page was opened, like an app: removed from the address, because it works once. */
function takeLink(): Named | undefined {
  const given = new URLSearchParams(location.hash.slice(1));
  const [party, link] = [given.get("party"), given.get("link")];
  if (party === null || link === null) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return { party, link };
}

/** The return address in the browser that started. For the simulated bank it is the one behind its page. */
const wayBack = (person: string, party: string, returnTo: string): string =>
  party === "abc-bank"
    ? `/pages/bank/?person=${encodeURIComponent(person)}#${new URLSearchParams({ return: returnTo })}`
    : returnTo;

/** Opens a login from another page by its link, or by the content of its code, shows it, and answers it. */
export function Link({ person, parties }: { person: string; parties: string[] }) {
  const say = useWords();
  const { act, isBusy, problem } = useAct();
  const [link, setLink] = useState("");
  const [party, setParty] = useState(parties[0] ?? "");
  const [opened, setOpened] = useState<Named & { shown: OpenedLogin }>();
  const [back, setBack] = useState<string>();
  const open = (named: Named) =>
    act(async () => {
      setOpened(undefined);
      setBack(undefined);
      const { shown } = await call<{ shown: OpenedLogin }>("POST", `/people/${person}/open-login`, named);
      setOpened({ ...named, shown });
      setLink("");
    });
  const answer = (decision: "confirm" | "decline", signing: Signing = {}) =>
    act(async () => {
      if (!opened) return;
      const named = { party: opened.party, link: opened.link };
      const order = { ...named, decision, ...signing };
      try {
        const answered = await call<{ returnTo?: string }>("POST", `/people/${person}/login`, order);
        if (answered.returnTo !== undefined) setBack(wayBack(person, opened.party, answered.returnTo));
        setOpened(undefined);
      } catch (error) {
        // If the card refused, the login is still open; after any other result it is not answered again.
        if (!(error instanceof Refused && isOfTheCard(error.problem))) setOpened(undefined);
        throw error;
      }
    });
  useEffect(() => {
    const openNamed = () => {
      const named = takeLink();
      if (named) open(named);
    };
    openNamed();
    addEventListener("hashchange", openNamed);
    return () => removeEventListener("hashchange", openNamed);
  }, []);
  return (
    <section>
      <h2>{say({ ja: "ログインする", en: "Log in somewhere" })}</h2>
      <Refusal problem={problem} />
      {opened && (
        <div class="item" aria-live="polite" data-opened>
          <Opened key={opened.link} shown={opened.shown} isBusy={isBusy} problem={problem} answer={answer} />
        </div>
      )}
      {back !== undefined && (
        <p role="status">
          {say({ ja: "始めたブラウザーで開いてください：", en: "Open this in the browser that began: " })}
          <a class="press" href={back} rel="noreferrer">
            {say({ ja: "ログインを続ける", en: "continue the login" })}
          </a>
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open({ party, link });
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
            en: "The login page's link, or the content of its code",
          })}
          <input
            type="text"
            name="link"
            value={link}
            maxLength={1_024}
            onInput={({ currentTarget }) => setLink(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isBusy || link === ""}>
          {say({ ja: "ログインを開く", en: "Open the login" })}
        </button>
      </form>
    </section>
  );
}
