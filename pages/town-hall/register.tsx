import { call } from "../frame/calls.ts";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";

interface Register {
  certificates: {
    kind: "sign" | "auth";
    serial: string;
    notAfter: string;
    revoked: { at: string; reason: string } | null;
  }[];
  consents: { id: string; state: string; items: string[] }[];
  published: { part: string; number: string; thisUpdate: string }[];
}

const kinds: Record<string, Words> = {
  sign: { ja: "署名用電子証明書", en: "Sign certificate" },
  auth: { ja: "利用者証明用電子証明書", en: "Authentication certificate" },
};
const states: Record<string, Words> = {
  "in-force": { ja: "有効", en: "in force" },
  withdrawn: { ja: "撤回済み", en: "withdrawn" },
  expired: { ja: "期限切れ", en: "expired" },
};

/** What J-LIS has stored about the person, and what it publishes: for a revocation the serial and reason, not the person. */
export function Register({ person, tick }: { person: string; tick: number }) {
  const say = useWords();
  const { value, problem } = useAsked(
    () => call<Register>("POST", `/people/${person}/register`, {}),
    person,
    tick,
  );
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const newest = value.published.toSorted((a, b) => b.thisUpdate.localeCompare(a.thisUpdate))[0];
  return (
    <section>
      <h2>{say({ ja: "J-LIS が知っていること", en: "What J-LIS knows" })}</h2>
      <ul>
        {value.certificates.toReversed().map(({ kind, serial, notAfter, revoked }) => (
          <li key={`${kind} ${serial}`} class="item" data-certificate={revoked ? "revoked" : "good"}>
            {say(kinds[kind] ?? { ja: kind, en: kind })} <code>{serial}</code>
            <br />
            {revoked
              ? say({
                  ja: `失効 ${new Date(revoked.at).toLocaleString()}（${revoked.reason}）`,
                  en: `revoked ${new Date(revoked.at).toLocaleString()} (${revoked.reason})`,
                })
              : say({
                  ja: `有効（${new Date(notAfter).toLocaleDateString()} まで）`,
                  en: `good until ${new Date(notAfter).toLocaleDateString()}`,
                })}
          </li>
        ))}
      </ul>
      <p>
        {say({ ja: "認証局への提供の同意", en: "Consent to provide data to the CA" })}:{" "}
        {value.consents.length === 0
          ? say({ ja: "なし", en: "none" })
          : value.consents
              .map(({ state }) => say(states[state] ?? { ja: state, en: state }))
              .join(say({ ja: "、", en: ", " }))}
      </p>
      <h2>{say({ ja: "J-LIS が公開していること", en: "What J-LIS publishes" })}</h2>
      <p>
        {newest
          ? say({
              ja: `失効リスト ${value.published.length} 分割、最後の発行 ${new Date(newest.thisUpdate).toLocaleString()}`,
              en: `${value.published.length} parts of the revocation list, the last one at ${new Date(newest.thisUpdate).toLocaleString()}`,
            })
          : say({ ja: "まだありません。", en: "Nothing yet." })}
      </p>
    </section>
  );
}
