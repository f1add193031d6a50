import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { texts } from "./texts.ts";

type Row = Record<string, string | number | null>;
interface Session {
  operator: string;
  roles: string[];
}

const api = (path: string) =>
  fetch(`/console/api${path}`, { headers: { "accept-language": document.documentElement.lang } });

/** Rows of any list: what is empty says so. */
function Table({ rows, columns, empty }: { rows: Row[]; columns: string[]; empty: string }) {
  if (rows.length === 0) return <p>{empty}</p>;
  const head = columns.map((name) => <th scope="col">{name}</th>);
  const line = (row: Row) => (
    <tr>
      {columns.map((name) => (
        <td>{row[name]}</td>
      ))}
    </tr>
  );
  return (
    <table>
      <thead>
        <tr>{head}</tr>
      </thead>
      <tbody>{rows.map(line)}</tbody>
    </table>
  );
}

function Console() {
  const [language, setLanguage] = useState<keyof typeof texts>("ja");
  const [session, setSession] = useState<Session | null>();
  const [counts, setCounts] = useState<Row[]>();
  const [isOffline, setOffline] = useState(false);
  const [found, setFound] = useState<Row[]>();
  const [timeline, setTimeline] = useState<Row[]>();
  const t = texts[language];
  document.documentElement.lang = language;

  useEffect(() => {
    api("/session")
      .then(async (answer) => setSession(answer.ok ? ((await answer.json()) as Session) : null))
      .catch(() => setOffline(true));
  }, []);
  useEffect(() => {
    if (!session) return undefined;
    const live = new EventSource("/console/api/counts/live");
    live.addEventListener("counts", ({ data }) => {
      setCounts(JSON.parse(data as string) as Row[]);
      setOffline(false);
    });
    live.addEventListener("error", () => setOffline(true));
    return () => live.close();
  }, [session]);

  const search = async (q: string) => {
    const answer = await api(`/search?q=${encodeURIComponent(q)}`);
    if (!answer.ok) return;
    const { found: hits } = (await answer.json()) as { found: Row[] };
    setFound(hits);
    const personId = hits[0]?.personId;
    const life = personId ? await api(`/persons/${personId}/timeline`) : undefined;
    setTimeline(life?.ok ? ((await life.json()) as { rows: Row[] }).rows : undefined);
  };
  const onSearch = (event: SubmitEvent) => {
    event.preventDefault();
    const q = new FormData(event.currentTarget as HTMLFormElement).get("q");
    if (typeof q === "string") search(q).catch(() => setOffline(true));
  };

  return (
    <main>
      <header>
        <h1>{t.title}</h1>
        <button type="button" onClick={() => setLanguage(language === "ja" ? "en" : "ja")}>
          {t.other}
        </button>
        {session && <span>{session.operator}</span>}
      </header>
      <p role="status">{isOffline ? t.offline : session === undefined ? t.loading : ""}</p>
      {session === null && <a href="/console/login">{t.login}</a>}
      {session && (
        <>
          <h2>{t.counts}</h2>
          {counts ? (
            <Table rows={counts} columns={["lifecycle", "state", "count"]} empty={t.empty} />
          ) : (
            t.loading
          )}
          <h2>{t.search}</h2>
          <form onSubmit={onSearch}>
            <input name="q" required maxLength={120} aria-label={t.search} />{" "}
            <button type="submit">{t.search}</button>
          </form>
          {found && <Table rows={found} columns={["kind", "id", "personId"]} empty={t.empty} />}
          {timeline && (
            <Table rows={timeline} columns={["at", "kind", "id", "partyId", "state"]} empty={t.empty} />
          )}
        </>
      )}
    </main>
  );
}

render(<Console />, document.querySelector("#app") as Element);
