import { issuerNames } from "../../protocol/issuer.ts";
import { registeredName } from "../../protocol/names.ts";
import { isLocalReceiver } from "../../workers/outbound.ts";

/** What to change in a registration, and why. */
export interface Advice {
  /** The member of the body. */
  field: string;
  en: string;
  ja: string;
}

/** A registration that cannot be made as it is. */
export class PartyUnfit extends Error {
  override name = "PartyUnfit";
  readonly advice: readonly Advice[];

  constructor(advice: readonly Advice[]) {
    super(advice.map(({ field, en }) => `${field}: ${en}`).join(" "));
    this.advice = advice;
  }
}

type Body = Record<string, unknown>;

/**
 * The mistakes that developers make in a registration, each with what to write instead; none if the registration itself has to
 * judge.
 */
export function adviceOn(body: unknown): Advice[] {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return [
      {
        field: "body",
        en: 'Send a JSON object, with content-type: application/json: {"id": "my-bank", "name": {"ja": "…", "en": "…"}, …}.',
        ja: 'content-type: application/json を付けて JSON のオブジェクトを送ってください：{"id": "my-bank", "name": {"ja": "…", "en": "…"}, …}',
      },
    ];
  const given = body as Body;
  return [...onNames(given), ...onRedirects(given), ...onKeys(given), ...onIssuer(given)];
}

function onNames({ id, client, app, name }: Body): Advice[] {
  const wrong = Object.entries({ id, client, app })
    .filter(
      ([field, value]) => (field === "id" || value !== undefined) && !registeredName.safeParse(value).success,
    )
    .map(([field]) => ({
      field,
      en: "Write 1 to 64 lower-case letters, digits and hyphens, such as my-bank.",
      ja: "小文字の英字、数字、ハイフンで 1〜64 文字にしてください（例：my-bank）。",
    }));
  const { ja, en } = (typeof name === "object" && name !== null ? name : {}) as Body;
  const isNamed = [ja, en].every((each) => typeof each === "string" && each.trim() !== "");
  return isNamed
    ? wrong
    : [
        ...wrong,
        {
          field: "name",
          en: 'Write the name that phones show in both languages: {"ja": "私の銀行", "en": "My Bank"}.',
          ja: 'スマートフォンに表示する名称を、二つの言語で書いてください：{"ja": "私の銀行", "en": "My Bank"}',
        },
      ];
}

function onRedirects({ redirectUris }: Body): Advice[] {
  if (!Array.isArray(redirectUris)) return [];
  return redirectUris.flatMap((uri: unknown) => {
    const url = typeof uri === "string" && URL.canParse(uri) ? new URL(uri) : undefined;
    if (!url || !["http:", "https:"].includes(url.protocol))
      return [
        {
          field: "redirectUris",
          en: "Write a whole address with its scheme, such as http://127.0.0.1:3000/callback.",
          ja: "スキームから始まる完全なアドレスを書いてください（例：http://127.0.0.1:3000/callback）。",
        },
      ];
    if (url.protocol === "http:" && !isLocalReceiver(url))
      return [
        {
          field: "redirectUris",
          en: "http is only for 127.0.0.1 and localhost, at a port from 1024 on. Use https for any other host.",
          ja: "http を使えるのは、127.0.0.1 と localhost の 1024 番以降のポートだけです。ほかのホストは https にしてください。",
        },
      ];
    if (String(uri).includes("*") || String(uri).includes("#") || url.username !== "")
      return [
        {
          field: "redirectUris",
          en: "Leave out *, fragments (#…) and credentials: the address is compared character by character.",
          ja: "*、フラグメント（#…）、認証情報を除いてください。アドレスは一字一句比較されます。",
        },
      ];
    return [];
  });
}

function onKeys({ jwks, jwksUri, makeKey, redirectUris }: Body): Advice[] {
  const ways = [jwks !== undefined, jwksUri !== undefined, makeKey === true].filter(Boolean).length;
  if (ways > 1)
    return [
      {
        field: "jwks",
        en: "Choose one: jwks (public keys), jwksUri (where you publish them), or makeKey: true (generated here).",
        ja: "jwks（公開鍵）、jwksUri（公開鍵を置くアドレス）、makeKey: true（ここで生成）のどれか一つにしてください。",
      },
    ];
  if (ways === 0 && Array.isArray(redirectUris) && redirectUris.length > 0)
    return [
      {
        field: "jwks",
        en: "A client needs a key: paste jwks, name a jwksUri, or have one generated with makeKey: true.",
        ja: "クライアントには鍵が要ります。jwks を貼り付けるか、jwksUri を指定するか、makeKey: true で生成してください。",
      },
    ];
  return jwks === undefined ? [] : onJwks(jwks);
}

function onJwks(jwks: unknown): Advice[] {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0)
    return [
      {
        field: "jwks",
        en: 'Write a JWK Set: {"keys": [ … ]}, with each public key as an entry.',
        ja: 'JWK Set の形にしてください：{"keys": [ … ]} の中に公開鍵を一つずつ並べます。',
      },
    ];
  const each = keys as (Body | null)[];
  if (each.some((key) => key !== null && typeof key === "object" && ("d" in key || "k" in key)))
    return [
      {
        field: "jwks",
        en: "This is a private key. Register the public part alone: remove d (and p, q, dp, dq, qi); keep the rest for yourself.",
        ja: "秘密鍵が含まれています。公開鍵だけを登録してください。d（と p、q、dp、dq、qi）を取り除き、秘密鍵は手元に置きます。",
      },
    ];
  if (each.some((key) => typeof key?.["kid"] !== "string" || key["kid"] === ""))
    return [
      {
        field: "jwks",
        en: "Give each key a kid, and put the same kid into the header of your assertions.",
        ja: "それぞれの鍵に kid を付け、アサーションのヘッダーにも同じ kid を入れてください。",
      },
    ];
  return [];
}

function onIssuer({ issuer, backchannel, redirectUris, idTokenAlg, jwks, jwksUri, makeKey }: Body): Advice[] {
  if (issuer !== undefined && !issuerNames.some((name) => name === issuer))
    return [
      {
        field: "issuer",
        en: "Write openid (FAPI 2.0, everything) or oidc (login only, for ordinary libraries).",
        ja: "openid（FAPI 2.0、すべての機能）または oidc（ログインのみ、一般のライブラリ向け）にしてください。",
      },
    ];
  if (issuer !== "oidc")
    return idTokenAlg === "RS256"
      ? [
          {
            field: "idTokenAlg",
            en: "openid signs ID tokens with ES256. Use issuer oidc for RS256.",
            ja: "openid の ID トークンの署名は ES256 です。RS256 にするには issuer を oidc にしてください。",
          },
        ]
      : [];
  const hasClient = jwks !== undefined || jwksUri !== undefined || makeKey === true;
  return [
    ...(backchannel === undefined
      ? []
      : [
          {
            field: "backchannel",
            en: "Logins without a browser (CIBA) need issuer openid. Register another client there.",
            ja: "ブラウザーを使わないログイン（CIBA）は issuer が openid のクライアントだけです。別のクライアントを登録してください。",
          },
        ]),
    ...(hasClient && !(Array.isArray(redirectUris) && redirectUris.length > 0)
      ? [
          {
            field: "redirectUris",
            en: "oidc is for logging people in: name where browsers return to, such as http://127.0.0.1:3000/callback.",
            ja: "oidc はログインのためのものです。ブラウザーの戻り先を指定してください（例：http://127.0.0.1:3000/callback）。",
          },
        ]
      : []),
  ];
}

const causes: readonly [shape: RegExp, field: string, ja: string][] = [
  [
    /belongs to (?:another party|the issuer)/,
    "client",
    "このクライアント ID は、別の相手先または別の発行者のものです。別の ID にしてください。",
  ],
  [
    /address of the keys/,
    "jwksUri",
    "公開の https のアドレスか、127.0.0.1 と localhost の 1024 番以降のポートにしてください。",
  ],
  [
    /ping endpoint/,
    "backchannel",
    "公開の https のアドレスか、127.0.0.1 と localhost の 1024 番以降のポートにしてください。",
  ],
  [
    /keys cannot be used/,
    "jwks",
    "鍵を確かめてください。kty は EC、RSA、OKP のいずれかで、鍵は 8 個までです。",
  ],
];

/** The refusal of a registration as advice. Its message says what to change, in English. */
export function adviceOnRefusal({ message }: Error): Advice {
  const [, field, ja] = causes.find(([shape]) => shape.test(message)) ?? [
    undefined,
    "body",
    "登録の内容を確かめてください（理由は英語です）。",
  ];
  return { field, en: message, ja };
}
