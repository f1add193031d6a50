import { useWords } from "../frame/language.tsx";
import type { Person } from "./main.tsx";

/** What the phone holds at each party: a certificate under a name that only this party knows. */
export function Certificates({
  enrolments,
  ended,
}: {
  enrolments: Person["enrolments"];
  /** Ids of those that the CA takes no more. */
  ended: ReadonlySet<string>;
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
              <dd>
                {ended.has(enrolmentId)
                  ? say({ ja: "止められました", en: "stopped" })
                  : say({ ja: "使えます", en: "in use" })}
              </dd>
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
