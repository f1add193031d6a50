import { useContext, useState } from "preact/hooks";
import { listOf } from "../frame/attributes.ts";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { LanguageContext, useWords, type Words } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { Terms } from "./notice.tsx";

interface Consent {
  consentId: string;
  kind: string;
  party?: { id: string; name: Words };
  link?: { from: string; to: string; dataset: string; purpose: string };
  attributes: string[];
  state: string;
  register?: string;
  grantedAt: string;
  validUntil: string;
  endedAt?: string;
  /** The notice on which it may be given again. */
  notice?: { sha256: string; text: string };
}

const kinds: Record<string, Words> = {
  "register-refresh": { ja: "J-LIS への変更の確認", en: "Changes are fetched from J-LIS" },
  disclosure: { ja: "相手先への提供", en: "The party receives changes" },
  link: { ja: "相手先どうしの連携", en: "Two parties are linked" },
};
const states: Record<string, Words> = {
  "in-force": { ja: "有効", en: "in force" },
  withdrawn: { ja: "撤回済み", en: "withdrawn" },
  expired: { ja: "期限切れ", en: "expired" },
};
const atRegister: Record<string, Words> = {
  pending: { ja: "J-LIS に届けています", en: "on its way to J-LIS" },
  held: { ja: "J-LIS が受け付けました", en: "held by J-LIS" },
  refused: { ja: "J-LIS が受け付けませんでした", en: "refused by J-LIS" },
  "withdrawal-pending": {
    ja: "認証局はもう確認しません。J-LIS では次にカードをかざしたときに撤回されます",
    en: "the CA no longer queries J-LIS; there it is withdrawn with the next tap of the card",
  },
  withdrawn: { ja: "J-LIS でも撤回されました", en: "withdrawn at J-LIS too" },
};
const byTheDay = { dateStyle: "long", timeZone: "Asia/Tokyo" } as const;
const days = {
  ja: new Intl.DateTimeFormat("ja", byTheDay),
  en: new Intl.DateTimeFormat("en", byTheDay),
};

/** The person's consents in a party's app, with withdrawing and giving again. */
export function Consents({ person, party, tick }: { person: string; party: string; tick: number }) {
  const say = useWords();
  const language = useContext(LanguageContext);
  const { value, problem, again } = useAsked(
    () => call<{ consents: Consent[] }>("POST", `/people/${person}/consents`, { party, language }),
    `${person} ${party} ${language}`,
    tick,
  );
  const { act, isBusy, problem: refused } = useAct();
  const [giving, setGiving] = useState<string>();
  const change = (what: object) =>
    act(async () => {
      try {
        await call("POST", `/people/${person}/consents`, { party, language, ...what });
        setGiving(undefined);
      } finally {
        again();
      }
    });
  return (
    <section data-consents={party}>
      <h2>{say({ ja: `同意（${party}）`, en: `Consents (${party})` })}</h2>
      <Refusal problem={refused ?? problem} />
      {value?.consents.length === 0 && (
        <p class="quiet">{say({ ja: "まだありません。", en: "None yet." })}</p>
      )}
      <ul>
        {value?.consents.map((consent) => (
          <li key={consent.consentId} class="item" data-kind={consent.kind} data-state={consent.state}>
            <Facts consent={consent} />
            {consent.state === "in-force" && (
              <button
                type="button"
                class="second"
                disabled={isBusy}
                onClick={() => change({ withdraw: consent.consentId })}
              >
                {say({ ja: "撤回する", en: "Withdraw" })}
              </button>
            )}
            {consent.state !== "in-force" && consent.kind === "register-refresh" && (
              <p class="quiet">
                {say({
                  ja: "もう一度同意するには、下の「はじめる」からカードをかざしてください。",
                  en: "To give it again, start below and tap your card: J-LIS accepts it only from the card.",
                })}
              </p>
            )}
            {consent.notice && giving !== consent.consentId && (
              <button type="button" disabled={isBusy} onClick={() => setGiving(consent.consentId)}>
                {say({ ja: "もう一度同意する", en: "Give it again" })}
              </button>
            )}
            {consent.notice && giving === consent.consentId && (
              <article>
                <Terms
                  purpose={consent.kind}
                  party={consent.party?.name ?? { ja: party, en: party }}
                  attributes={consent.attributes}
                />
                <p class="notice" tabIndex={0}>
                  {consent.notice.text.trim()}
                </p>
                <button
                  type="button"
                  disabled={isBusy}
                  onClick={() =>
                    change({ again: { consentId: consent.consentId, notice: consent.notice?.sha256 } })
                  }
                >
                  {say({ ja: "同意する", en: "I agree" })}
                </button>
                <button type="button" class="second" onClick={() => setGiving(undefined)}>
                  {say({ ja: "やめる", en: "Stop" })}
                </button>
              </article>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The recipient, the period, and the state. */
function Facts({ consent }: { consent: Consent }) {
  const say = useWords();
  const { kind, state, party, link, attributes, register, grantedAt, validUntil, endedAt } = consent;
  const day = (at: string): Words => ({ ja: days.ja.format(new Date(at)), en: days.en.format(new Date(at)) });
  const facts: [Words, Words][] = [
    party
      ? [{ ja: "相手先", en: "Party" }, party.name]
      : link
        ? [
            { ja: "提供元 → 提供先", en: "From → to" },
            { ja: `${link.from} → ${link.to}`, en: `${link.from} → ${link.to}` },
          ]
        : [
            { ja: "相手先", en: "Party" },
            { ja: "認証局（J-LIS に確認）", en: "the CA, which asks J-LIS" },
          ],
    link
      ? [
          { ja: "内容と目的", en: "Data and purpose" },
          { ja: `${link.dataset} · ${link.purpose}`, en: `${link.dataset} · ${link.purpose}` },
        ]
      : [{ ja: "項目", en: "Items" }, listOf(attributes)],
    [{ ja: "同意した日", en: "Given" }, day(grantedAt)],
    endedAt
      ? [{ ja: "終わった日", en: "Ended" }, day(endedAt)]
      : [{ ja: "期限", en: "Until" }, day(validUntil)],
    ...(register
      ? [[{ ja: "J-LIS", en: "J-LIS" }, atRegister[register] ?? same(register)] as [Words, Words]]
      : []),
  ];
  return (
    <>
      <p>
        {say(kinds[kind] ?? same(kind))}: {say(states[state] ?? same(state))}
      </p>
      <dl>
        {facts.map(([name, value]) => [
          <dt key={name.en}>{say(name)}</dt>,
          <dd key={`${name.en} value`}>{say(value)}</dd>,
        ])}
      </dl>
    </>
  );
}

const same = (text: string): Words => ({ ja: text, en: text });
