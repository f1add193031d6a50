import { useWords } from "../frame/language.tsx";
import type { Person } from "./shapes.ts";

const states = {
  "in-use": { ja: "使えます", en: "in use" },
  stopped: { ja: "止められました", en: "stopped" },
  expired: { ja: "期限が切れました", en: "expired" },
};

/** The phone's certificate at each party, under a pseudonym known only to this party. */
export function Certificates({
  enrolments,
  ended,
}: {
  enrolments: Person["enrolments"];
  /** Those that the CA no longer accepts, by id. */
  ended: ReadonlyMap<string, "stopped" | "expired">;
}) {
  const say = useWords();
  return (
    <section>
      <h2>{say({ ja: "証明書", en: "Certificates" })}</h2>
      <ul>
        {enrolments.map(({ party, enrolmentId, pseudonym }) => (
          <li key={enrolmentId}>
            <dl>
              <dt>{say({ ja: "相手先", en: "Party" })}</dt>
              <dd>{party}</dd>
              <dt>{say({ ja: "状態", en: "State" })}</dt>
              <dd>{say(states[ended.get(enrolmentId) ?? "in-use"])}</dd>
              <dt>{say({ ja: "仮名", en: "Pseudonym" })}</dt>
              <dd>
                <code>{pseudonym}</code>
              </dd>
            </dl>
          </li>
        ))}
      </ul>
    </section>
  );
}
