import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { hrefOf } from "./route.ts";
import { ask } from "./session.ts";
import { kindWords } from "./words.ts";

interface Found {
  kind: string;
  id: string;
  personId: string | null;
}

/** The search form. */
export function SearchBox() {
  const say = useWords();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const asked = new FormData(event.currentTarget as HTMLFormElement).get("q");
    if (typeof asked === "string" && asked.trim() !== "") location.hash = hrefOf("search", asked.trim());
  };
  const label = say({ ja: "ID・シリアル番号・相手先", en: "Id, serial or party" });
  return (
    <form role="search" onSubmit={onSubmit}>
      <input type="text" name="q" maxLength={120} aria-label={label} placeholder={label} />
      <button type="submit">{say({ ja: "探す", en: "Search" })}</button>
    </form>
  );
}

/** The results with exactly this id, serial or name. */
export function Search({ asked }: { asked: string }) {
  const say = useWords();
  const { value, problem } = useAsked(
    () => ask<{ found: Found[] }>(`/search?q=${encodeURIComponent(asked)}`),
    asked,
  );
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <section>
      <h2>
        {say({ ja: "検索", en: "Search" })}: {asked}
      </h2>
      {value.found.length === 0 && (
        <p class="quiet">
          {say({
            ja: "この ID・シリアル番号・相手先のものはありません。全文を入力してください。",
            en: "Nothing has this id, serial or name; enter the whole of it.",
          })}
        </p>
      )}
      <ul>
        {value.found.map(({ kind, id, personId }) => (
          <li key={`${kind} ${id}`} class="item">
            {say(kindWords(kind))} <a href={placeOf({ kind, id, personId })}>{id}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function placeOf({ kind, id, personId }: Found): string {
  if (kind === "certificate") return hrefOf("certificate", id);
  if (kind === "party") return hrefOf("lifecycles", "issuance", { party: id });
  return personId === null ? hrefOf("deliveries") : hrefOf("person", personId);
}
