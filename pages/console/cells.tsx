import { useContext } from "preact/hooks";
import { LanguageContext, useWords } from "../frame/language.tsx";
import { hrefOf } from "./route.ts";
import { stateWords } from "./words.ts";

/** A time in the operator's zone; the exact one, in UTC, as tooltip. */
export function Time({ at }: { at: string | null }) {
  const language = useContext(LanguageContext);
  if (at === null) return <>—</>;
  return (
    <time dateTime={at} title={at}>
      {new Date(at).toLocaleString(language)}
    </time>
  );
}

/** A state in words; failures are highlighted. */
export function State({ state }: { state: string | null }) {
  const say = useWords();
  if (state === null) return <>—</>;
  const troubles = ["dead-lettered", "operator", "revoked"].includes(state);
  return <span class={troubles ? "trouble" : ""}>{say(stateWords(state))}</span>;
}

/** An id, shortened, with the whole as tooltip and a link to its person's timeline. */
export function PersonId({ id }: { id: string | null }) {
  if (id === null) return <>—</>;
  return (
    <a href={hrefOf("person", id)} title={id}>
      <code>{id.slice(0, 8)}</code>
    </a>
  );
}

export const Id = ({ id }: { id: string }) => <code title={id}>{id.length > 24 ? id.slice(0, 8) : id}</code>;

/** A link into the Temporal UI, if there is one. */
export function Temporal({ href }: { href: string | null }) {
  if (href === null) return <>—</>;
  return (
    <a href={href} target="_blank" rel="noreferrer">
      Temporal
    </a>
  );
}
