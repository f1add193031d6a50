import { type ComponentChildren, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./frame.css";
import type { Problem } from "./calls.ts";
import { keepLanguage, LanguageContext, startLanguage, useWords, type Words } from "./language.tsx";

const pages: { path: string; name: Words }[] = [
  { path: "developer", name: { ja: "開発者", en: "Developer" } },
  { path: "phone", name: { ja: "スマートフォン", en: "Phone" } },
  { path: "bank", name: { ja: "ABC銀行", en: "ABC Bank" } },
  { path: "town-hall", name: { ja: "町役場", en: "Town hall" } },
  { path: "person-page", name: { ja: "ご本人ページ", en: "Your page at the CA" } },
  { path: "console", name: { ja: "運用コンソール", en: "Operator console" } },
];

/** The person of the page: in the address, so that several pages are of one person. */
export const personOfPage = (): string => new URLSearchParams(location.search).get("person") ?? "plain";

/** Renders a page in its frame: title, links to the other pages, language. */
export function show(page: string, content: () => ComponentChildren, heading?: Words): void {
  const Content = content;
  const Frame = () => {
    const [language, setLanguage] = useState(startLanguage);
    const title = heading ?? pages.find(({ path }) => path === page)?.name ?? { ja: "kazasu", en: "kazasu" };
    // Stored at once, so that the chosen language is kept if the page is left now.
    const switchLanguage = () => {
      const chosen = language === "ja" ? "en" : "ja";
      keepLanguage(chosen);
      setLanguage(chosen);
    };
    useEffect(() => {
      keepLanguage(language);
      document.title = `${title[language]} · kazasu`;
    }, [language]);
    return (
      <LanguageContext.Provider value={language}>
        <header>
          <nav aria-label={language === "ja" ? "ページ" : "Pages"}>
            {pages.map(({ path, name }) => (
              <a
                key={path}
                href={`/pages/${path}/?person=${encodeURIComponent(personOfPage())}`}
                {...(path === page ? { "aria-current": "page" as const } : {})}
              >
                {name[language]}
              </a>
            ))}
          </nav>
          <button type="button" class="quiet" onClick={switchLanguage}>
            {language === "ja" ? "English" : "日本語"}
          </button>
        </header>
        <main>
          <h1>{title[language]}</h1>
          <Content />
        </main>
        <footer>
          {language === "ja"
            ? "人名・住所・カードはすべて架空です。"
            : "All persons, addresses and cards are fictitious."}
        </footer>
      </LanguageContext.Provider>
    );
  };
  const root = document.querySelector("#page");
  if (root) render(<Frame />, root);
}

/** The refusal, its reason, and what to do next. */
export function Refusal({ problem }: { problem: Problem | undefined }) {
  const say = useWords();
  if (!problem) return null;
  const left = problem.triesLeft;
  return (
    <div class="refusal" role="alert">
      <strong>{say(problem.message)}</strong>{" "}
      {left === undefined ? "" : say({ ja: `残り${left}回。`, en: `${left} tries left. ` })}
      <span>{say(problem.next)}</span> <code>{problem.code}</code>
      {problem.advice && (
        <ul>
          {problem.advice.map(({ field, ...text }) => (
            <li key={field + text.en}>
              <code>{field}</code>: {say(text)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Shown while the live stream is disconnected: the data may be outdated. */
export function Offline({ isUp }: { isUp: boolean }) {
  const say = useWords();
  return isUp ? null : (
    <p class="refusal" role="status">
      {say({
        ja: "接続が切れています。再接続を待っています。",
        en: "The connection is lost; reconnecting.",
      })}
    </p>
  );
}

export function Loading() {
  const say = useWords();
  return <p class="quiet">{say({ ja: "読み込んでいます…", en: "Loading…" })}</p>;
}
