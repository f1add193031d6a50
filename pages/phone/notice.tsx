import { listOf } from "../frame/attributes.ts";
import { useWords, type Words } from "../frame/language.tsx";

/** A notice, word for word as published by the CA. */
export interface Notice {
  purpose: string;
  sha256: string;
  text: string;
  /** The attributes agreed to with it. */
  attributes: string[];
}

/** One notice on its own screen, with yes and no of equal size. A certificate requires the terms. */
export function NoticeScreen(props: {
  notice: Notice;
  /** The registered name. */
  party: Words;
  /** The position: `1/3`. */
  place: string;
  decide: (agreed: boolean) => void;
  stop: () => void;
}) {
  const { notice, party, place, decide, stop } = props;
  const say = useWords();
  const [title = "", ...rest] = notice.text.trim().split("\n");
  return (
    <article data-purpose={notice.purpose}>
      <h3>
        {title} <span class="quiet">{place}</span>
      </h3>
      <Terms purpose={notice.purpose} party={party} attributes={notice.attributes} />
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

const recipients: Record<string, Words> = {
  "register-refresh": {
    ja: "認証局（J-LIS に変更を確認します）",
    en: "the CA, which asks J-LIS for changes",
  },
};

/** The recipient and the data, in the screen's own words: the text of the notice is the same for every party. */
export function Terms({
  purpose,
  party,
  attributes,
}: {
  purpose: string;
  party: Words;
  attributes: readonly string[];
}) {
  const say = useWords();
  const recipient = recipients[purpose];
  return (
    <dl data-terms>
      <dt>{say({ ja: "相手先", en: "Party" })}</dt>
      <dd>{say(party)}</dd>
      {attributes.length > 0 && (
        <>
          {recipient && (
            <>
              <dt>{say({ ja: "受け取る側", en: "Received by" })}</dt>
              <dd>{say(recipient)}</dd>
            </>
          )}
          <dt>{say({ ja: "項目", en: "Items" })}</dt>
          <dd>{say(listOf(attributes))}</dd>
        </>
      )}
    </dl>
  );
}
