import { call } from "../frame/calls.ts";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import type { First, ReadyClient } from "./shapes.ts";

const about: Record<"openid" | "oidc", Words> = {
  openid: {
    ja: "FAPI 2.0（PAR、DPoP）。すべての機能が使えます。",
    en: "FAPI 2.0 (PAR, DPoP): everything a party can do.",
  },
  oidc: {
    ja: "一般の OpenID ライブラリ向け。ログインと UserInfo だけです。",
    en: "For ordinary OpenID libraries: login and UserInfo, nothing else.",
  },
};

/** The two issuers with a client at each, and the CA's root. */
export function Ready() {
  const say = useWords();
  const { value, problem } = useAsked(() => call<First>("GET", "/first"), "first");
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <section>
      <h2>{say({ ja: "すぐに使えるクライアント", en: "A client, ready to use" })}</h2>
      {(["openid", "oidc"] as const).map((name) => (
        <Client key={name} about={say(about[name])} ready={value.issuers[name]} />
      ))}
      <dl>
        <dt>{say({ ja: "信頼する認証局のルート証明書", en: "The CA root to trust" })}</dt>
        <dd>
          <code>{value.root.file}</code>
        </dd>
        <dt>SHA-256</dt>
        <dd>
          <code>{value.root.sha256}</code>
        </dd>
      </dl>
    </section>
  );
}

function Client({ about, ready }: { about: string; ready: ReadyClient }) {
  const say = useWords();
  const { issuer, clientId, kid, keyFile, pemFile, redirectUri } = ready;
  const rows: [Words, string][] = [
    [{ ja: "クライアント ID", en: "Client id" }, clientId],
    [{ ja: "秘密鍵（JWK）", en: "Private key (JWK)" }, keyFile],
    [{ ja: "秘密鍵（PEM）", en: "Private key (PEM)" }, pemFile],
    [{ ja: "鍵の kid", en: "The key's kid" }, kid],
    [{ ja: "リダイレクト先", en: "Redirect address" }, redirectUri],
  ];
  return (
    <>
      <h3>
        <code>{issuer}</code>
      </h3>
      <p class="quiet">{about}</p>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name.en}>
            <dt>{say(name)}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
