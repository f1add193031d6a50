import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";

interface Registered {
  partyId: string;
  clientId?: string;
  keyFile?: string;
  pemFile?: string;
  kid?: string;
}

type Keys = "generated" | "pasted" | "published";
const keyWays: [Keys, Words][] = [
  ["generated", { ja: "ここで生成する", en: "Generated here" }],
  ["pasted", { ja: "公開鍵（JWK Set）を貼り付ける", en: "Pasted: a JWK Set of public keys" }],
  ["published", { ja: "自分のサーバーで公開する（jwks_uri）", en: "Published by you: jwks_uri" }],
];

/** Registers a party with its client, as an operator does elsewhere. */
export function Register() {
  const say = useWords();
  const { act, isBusy, problem } = useAct();
  const [id, setId] = useState("my-bank");
  const [ja, setJa] = useState("私の銀行");
  const [en, setEn] = useState("My Bank");
  const [issuer, setIssuer] = useState("openid");
  const [redirect, setRedirect] = useState("http://127.0.0.1:3000/callback");
  const [keys, setKeys] = useState<Keys>("generated");
  const [jwks, setJwks] = useState("");
  const [jwksUri, setJwksUri] = useState("");
  const [done, setDone] = useState<Registered>();
  const register = () =>
    act(async () => {
      setDone(undefined);
      const redirectUris = redirect.split(/\s+/).filter((each) => each !== "");
      const given = keysOf(keys, jwks, jwksUri);
      const asked = { id, name: { ja, en }, issuer, redirectUris, ...given };
      setDone(await call<Registered>("POST", "/parties", asked));
    });
  const field = (name: string, label: string, value: string, set: (value: string) => void) => (
    <label>
      {label}
      <input
        type="text"
        name={name}
        value={value}
        maxLength={512}
        onInput={({ currentTarget }) => set(currentTarget.value)}
      />
    </label>
  );
  return (
    <section>
      <h2>{say({ ja: "相手先を登録する", en: "Register a party" })}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          register();
        }}
      >
        {field("id", say({ ja: "ID（クライアント ID も同じ）", en: "Id (also the client's id)" }), id, setId)}
        {field("name-ja", say({ ja: "名称（日本語）", en: "Name in Japanese" }), ja, setJa)}
        {field("name-en", say({ ja: "名称（英語）", en: "Name in English" }), en, setEn)}
        {field(
          "redirect",
          say({ ja: "リダイレクト先（空白で区切る）", en: "Redirect addresses, separated by spaces" }),
          redirect,
          setRedirect,
        )}
        <label>
          {say({ ja: "発行者", en: "Issuer" })}
          <select
            name="issuer"
            value={issuer}
            onChange={({ currentTarget }) => setIssuer(currentTarget.value)}
          >
            <option value="openid">openid (FAPI 2.0)</option>
            <option value="oidc">oidc</option>
          </select>
        </label>
        <fieldset>
          <legend>{say({ ja: "鍵", en: "Keys" })}</legend>
          {keyWays.map(([way, label]) => (
            <label key={way} class="choice">
              <input
                type="radio"
                name="keys"
                value={way}
                checked={way === keys}
                onChange={() => setKeys(way)}
              />{" "}
              {say(label)}
            </label>
          ))}
          {keys === "pasted" && (
            <label>
              JWK Set
              <textarea
                name="jwks"
                rows={6}
                value={jwks}
                maxLength={16_384}
                onInput={({ currentTarget }) => setJwks(currentTarget.value)}
              />
            </label>
          )}
          {keys === "published" && field("jwks-uri", "jwks_uri", jwksUri, setJwksUri)}
        </fieldset>
        <button type="submit" disabled={isBusy}>
          {say({ ja: "登録する", en: "Register" })}
        </button>
      </form>
      <Refusal problem={problem} />
      {done && (
        <div role="status" data-registered={done.partyId}>
          <p>
            {say({ ja: "登録しました。クライアント ID：", en: "Registered. Client id: " })}
            <code>{done.clientId}</code>
          </p>
          {done.keyFile !== undefined && (
            <p>
              {say({ ja: "秘密鍵：", en: "Private key: " })}
              <code>{done.keyFile}</code>, <code>{done.pemFile}</code> (kid <code>{done.kid}</code>)
            </p>
          )}
        </div>
      )}
    </section>
  );
}

/** What is not JSON is sent as it is: the answer says what to change. */
function keysOf(keys: Keys, jwks: string, jwksUri: string): object {
  if (keys === "generated") return { makeKey: true };
  if (keys === "published") return { jwksUri };
  try {
    return { jwks: JSON.parse(jwks) as unknown };
  } catch {
    return { jwks };
  }
}
