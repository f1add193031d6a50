import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../frame/frame.css";
import "./console.css";
import { Loading, Offline, Refusal } from "../frame/frame.tsx";
import { keepLanguage, LanguageContext, startLanguage, useWords, type Words } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { LiveContext, useCountsLine } from "./counts.ts";
import { hrefOf, useRoute } from "./route.ts";
import { SearchBox } from "./search.tsx";
import { ask, type Session, SessionContext, useEnded, useSession, useWrite } from "./session.ts";
import { View } from "./view.tsx";

const views: { view: string; name: Words; needs?: Session["may"][number] }[] = [
  { view: "", name: { ja: "全体", en: "Overview" } },
  { view: "deliveries", name: { ja: "配送の問題", en: "Deliveries" } },
  { view: "change-detection", name: { ja: "変更検知", en: "Change detection" } },
  { view: "health", name: { ja: "認証局", en: "The CA" } },
  { view: "operations", name: { ja: "二人での操作", en: "Acts of two" } },
  { view: "audit", name: { ja: "監査記録", en: "Audit log" }, needs: "read-audit" },
];

function Console() {
  const [language, setLanguage] = useState(startLanguage);
  const switchLanguage = () => {
    const chosen = language === "ja" ? "en" : "ja";
    keepLanguage(chosen);
    setLanguage(chosen);
  };
  useEffect(() => {
    keepLanguage(language);
    document.title = language === "ja" ? "運用コンソール · kazasu" : "Operator console · kazasu";
  }, [language]);
  return (
    <LanguageContext.Provider value={language}>
      <header>
        <h1>{language === "ja" ? "運用コンソール" : "Operator console"}</h1>
        <button type="button" class="quiet" onClick={switchLanguage}>
          {language === "ja" ? "English" : "日本語"}
        </button>
      </header>
      <Gate />
    </LanguageContext.Provider>
  );
}

/** Nothing is shown or requested before an operator is logged in. */
function Gate() {
  const say = useWords();
  const { value: session, problem } = useAsked(() => ask<Session>("/session"), "session");
  const isEnded = useEnded();
  if (session && !isEnded)
    return (
      <SessionContext.Provider value={session}>
        <SignedIn />
      </SessionContext.Provider>
    );
  if (!problem && !isEnded)
    return (
      <main>
        <Loading />
      </main>
    );
  return (
    <main>
      {problem && problem.code !== "OPERATOR_LOGIN_REQUIRED" && <Refusal problem={problem} />}
      {session && isEnded && (
        <p class="refusal" role="alert">
          {say({ ja: "ログインの期限が切れました。", en: "The session has expired." })}
        </p>
      )}
      <p>
        <a href="/console/login">{say({ ja: "ログインする", en: "Log in" })}</a>
      </p>
    </main>
  );
}

function SignedIn() {
  const say = useWords();
  const { operator, roles, may } = useSession();
  const live = useCountsLine();
  const route = useRoute();
  const troubled = (live.counts ?? [])
    .filter(({ state }) => state === "stuck" || state === "dead-lettered")
    .reduce((sum, { count }) => sum + count, 0);
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const logOut = () =>
    act(async () => {
      await write("/logout");
      location.reload();
    });
  return (
    <LiveContext.Provider value={live}>
      <header>
        <nav aria-label={say({ ja: "画面", en: "Views" })}>
          {views
            .filter(({ needs }) => needs === undefined || may.includes(needs))
            .map(({ view, name }) => (
              <a
                key={view}
                href={hrefOf(view)}
                {...(route.view === view ? { "aria-current": "page" as const } : {})}
              >
                {say(name)}
                {view === "deliveries" && troubled > 0 && <strong class="trouble"> {troubled}</strong>}
              </a>
            ))}
        </nav>
        <SearchBox />
      </header>
      <main>
        <Offline isUp={live.isUp} />
        <View route={route} />
      </main>
      <footer>
        <Refusal problem={problem} />
        {operator} ({roles.join(", ")}){" "}
        <button type="button" class="second" disabled={isBusy} onClick={logOut}>
          {say({ ja: "ログアウト", en: "Log out" })}
        </button>
      </footer>
    </LiveContext.Provider>
  );
}

const root = document.querySelector("#page");
if (root) render(<Console />, root);
