import { useWords } from "../frame/language.tsx";

/** A notice, word for word as the CA published it. */
export interface Notice {
  purpose: string;
  sha256: string;
  text: string;
}

/** One notice on a screen of its own, with a yes and a no of the same size. Without the terms there is no certificate. */
export function NoticeScreen(props: {
  notice: Notice;
  /** Which of how many: `1/3`. */
  place: string;
  decide: (agreed: boolean) => void;
  stop: () => void;
}) {
  const { notice, place, decide, stop } = props;
  const say = useWords();
  const [title = "", ...rest] = notice.text.trim().split("\n");
  return (
    <article data-purpose={notice.purpose}>
      <h3>
        {title} <span class="quiet">{place}</span>
      </h3>
      <p class="notice" tabIndex={0}>
        {rest.join("\n").trim()}
      </p>
      <button type="button" onClick={() => decide(true)}>
        {say({ ja: "同意する", en: "I agree" })}
      </button>
      {notice.purpose === "terms" ? (
        <button type="button" class="second" onClick={stop}>
          {say({ ja: "やめる", en: "Stop" })}
        </button>
      ) : (
        <button type="button" class="second" onClick={() => decide(false)}>
          {say({ ja: "同意しない", en: "I do not agree" })}
        </button>
      )}
    </article>
  );
}
