/**
 * Every refusal of the engine, as one closed list: a stable code, the HTTP status, what happened and what to do next, in
 * English and Japanese. A refusal is an answer, not an exception.
 *
 * Codes also used by J-LIS services keep their spelling (SIGNATURE_MISMATCH, CERTIFICATE_REVOKED, …).
 */
/** The texts of one code. */
export interface Refusal {
  status: number;
  what: { en: string; ja: string };
  next: { en: string; ja: string };
}

const refusal = (status: number, en: [string, string], ja: [string, string]): Refusal => ({
  status,
  what: { en: en[0], ja: ja[0] },
  next: { en: en[1], ja: ja[1] },
});

const askAgain: [string, string] = [
  "Ask for a new challenge and tap again.",
  "新しいチャレンジを取得し、もう一度カードをかざしてください。",
];
const townHall: [string, string] = [
  "Have the card renewed, unlocked or replaced at the town hall.",
  "市区町村の窓口でカードの手続きをしてください。",
];
const appFault: [string, string] = [
  "This is a bug in the app; report it to its developer.",
  "アプリの不具合です。提供元に連絡してください。",
];

const say = (status: number, en: string, ja: string, next: [string, string]): Refusal =>
  refusal(status, [en, next[0]], [ja, next[1]]);

/** Every refusal: its HTTP status, its text, and what to do next, in English and Japanese. A code is never renamed. */
export const refusals = {
  // The request itself
  MALFORMED_REQUEST: say(
    400,
    "The request does not match the schema of this endpoint.",
    "リクエストの形式が正しくありません。",
    appFault,
  ),
  BODY_TOO_LARGE: say(
    413,
    "The request body exceeds the size limit of this endpoint.",
    "リクエストが大きすぎます。",
    appFault,
  ),
  UNSUPPORTED_MEDIA_TYPE: say(
    415,
    "The request body must be application/json.",
    "リクエストは application/json でなければなりません。",
    appFault,
  ),
  NOT_FOUND: say(404, "No such resource exists.", "該当するものがありません。", appFault),
  TOO_MANY_REQUESTS: say(429, "Too many requests.", "リクエストが多すぎます。", [
    "Wait for the time in Retry-After.",
    "Retry-After の時間だけ待ってください。",
  ]),
  UNKNOWN_PARTY: say(
    404,
    "No such relying party is registered.",
    "この相手先は登録されていません。",
    appFault,
  ),
  UNKNOWN_APP: say(
    404,
    "The party has no such app registered.",
    "このアプリは登録されていません。",
    appFault,
  ),

  // The challenge
  CHALLENGE_INVALID: say(
    400,
    "The challenge was not made by this CA.",
    "チャレンジがこの認証局のものではありません。",
    askAgain,
  ),
  CHALLENGE_EXPIRED: say(410, "The challenge has expired.", "チャレンジの有効期限が切れています。", askAgain),
  CHALLENGE_MISMATCH: say(
    422,
    "The application was signed for another challenge.",
    "申込みは別のチャレンジに対して署名されています。",
    askAgain,
  ),
  ENVELOPE_UNREADABLE: say(
    400,
    "The sealed message cannot be decrypted with the key and challenge it names.",
    "暗号化されたメッセージを、指定された鍵とチャレンジで復号できません。",
    askAgain,
  ),

  // The card's signature
  CMS_MALFORMED: say(
    400,
    "The card's signature is not well-formed CMS SignedData.",
    "カードの署名データの形式が正しくありません。",
    appFault,
  ),
  SIGNATURE_MISMATCH: say(
    422,
    "The signature does not match the content and the certificate.",
    "署名が内容または証明書と一致しません。",
    askAgain,
  ),
  UNTRUSTED_ISSUER: say(
    422,
    "The certificate was not issued by a CA that this engine trusts.",
    "信頼する認証局が発行した証明書ではありません。",
    [
      "Use a card whose CA is trusted by this setting; `kazasu doctor` lists them.",
      "この設定で信頼されている認証局のカードを使ってください。",
    ],
  ),
  UNKNOWN_GENERATION: say(
    422,
    "The certificate was issued by a generation of the JPKI CA unknown to this engine.",
    "未登録の世代の公的個人認証局が発行した証明書です。",
    [
      "The operator must add the trust anchor of this generation.",
      "運用者がこの世代のトラストアンカーを追加する必要があります。",
    ],
  ),
  CERTIFICATE_SIGNATURE_INVALID: say(
    422,
    "The certificate names a trusted CA but is not signed by it.",
    "証明書の署名が認証局のものではありません。",
    townHall,
  ),
  UNSUPPORTED_CERTIFICATE: say(
    422,
    "The certificate does not follow the JPKI profile.",
    "公的個人認証のプロファイルに合わない証明書です。",
    townHall,
  ),
  NOT_A_SIGN_CERTIFICATE: say(
    422,
    "This is the user-authentication certificate; the digital-signature certificate is needed.",
    "利用者証明用ではなく署名用電子証明書が必要です。",
    [
      "Sign with the signature PIN (6 to 16 letters and digits).",
      "署名用パスワード（6〜16桁の英数字）で署名してください。",
    ],
  ),
  KEY_USAGE_MISSING: say(
    422,
    "The certificate may not be used for signatures.",
    "証明書の鍵用途が署名用ではありません。",
    townHall,
  ),
  POLICY_MISSING: say(
    422,
    "The certificate does not have the JPKI signature policy.",
    "証明書に署名用の証明書ポリシーがありません。",
    townHall,
  ),
  CERTIFICATE_EXPIRED: say(
    422,
    "The card's certificate has expired.",
    "カードの電子証明書の有効期限が切れています。",
    townHall,
  ),
  CERTIFICATE_NOT_YET_VALID: say(
    422,
    "The card's certificate is not valid yet.",
    "カードの電子証明書はまだ有効になっていません。",
    townHall,
  ),
  CERTIFICATE_REVOKED: say(
    422,
    "The card's certificate has been revoked.",
    "カードの電子証明書は失効しています。",
    townHall,
  ),
  CERTIFICATE_ON_HOLD: say(
    422,
    "The card's certificate is on hold.",
    "カードの電子証明書は一時停止されています。",
    townHall,
  ),
  CERTIFICATE_STATUS_UNKNOWN: say(
    422,
    "The issuer does not know the card's certificate.",
    "発行者がこの電子証明書を確認できません。",
    townHall,
  ),

  // What was signed
  APPLICATION_MALFORMED: say(
    422,
    "What the card signed is not an application.",
    "署名された内容が申込みの形式ではありません。",
    appFault,
  ),
  PARTY_MISMATCH: say(
    422,
    "The application is for another party, app or intent than the challenge.",
    "申込みの相手先がチャレンジと異なります。",
    askAgain,
  ),
  DEVICE_KEY_MISMATCH: say(
    422,
    "The key is not the one in the challenge request.",
    "端末の鍵がチャレンジと異なります。",
    askAgain,
  ),
  NOTICE_UNKNOWN: say(
    422,
    "A consent names a notice that the CA has not published.",
    "公表されていない説明文への同意です。",
    appFault,
  ),
  CONSENT_MISMATCH: say(
    422,
    "The consents do not match what the card signed.",
    "同意の内容が署名と一致しません。",
    askAgain,
  ),
  TERMS_NOT_ACCEPTED: say(422, "The terms of use were not accepted.", "利用規約に同意していません。", [
    "Show the terms; a certificate requires agreement to them.",
    "利用規約を表示し、同意を得てください。",
  ]),
  ATTESTATION_REFUSED: say(
    422,
    "The app's attestation is missing or not accepted in this setting.",
    "アプリの真正性を確認できません。",
    ["Use the app from its official store.", "公式ストアのアプリを使ってください。"],
  ),

  // The lifecycle
  APPLICATION_CONFLICT: say(
    409,
    "This challenge was already used with other content.",
    "このチャレンジは別の内容で使用済みです。",
    askAgain,
  ),
  OPERATION_NOT_APPROVED: say(
    403,
    "Not enough operators have approved this operation.",
    "この操作は必要な数の運用者に承認されていません。",
    [
      "Have the required number of operators approve the same text, and send it again.",
      "同じ文面に対して必要な数の運用者の承認を得て、再送してください。",
    ],
  ),
  DEVICE_KEY_BLOCKED: say(
    409,
    "The key was reported as compromised.",
    "この鍵は漏えいが確認されたため、使用できません。",
    ["Generate a new key and tap again.", "新しい鍵を作成し、もう一度カードをかざしてください。"],
  ),
  CERTIFICATE_UNMAKEABLE: say(
    422,
    "No certificate of the profile that the app uses can be issued for this person.",
    "このアプリの種類の証明書を、この方に対して作成できません。",
    [
      "Report the instance of this problem to the operator of the CA; tapping again does not help.",
      "認証局の運用者にこの問題の instance を伝えてください。もう一度かざしても解決しません。",
    ],
  ),
  DEVICE_KEY_REUSED: say(
    409,
    "The key already belongs to another enrolment.",
    "この鍵は別の登録で使われています。",
    [
      "Generate a new key for every enrolment; parties must never see a common key.",
      "登録ごとに新しい鍵を作成してください。",
    ],
  ),
  NOTHING_TO_REPLACE: say(
    422,
    "The person has no enrolment at this party to replace.",
    "置き換える登録がありません。",
    ["Enrol instead of replacing.", "新規登録を行ってください。"],
  ),
  REPLACE_NOT_YOURS: say(
    403,
    "The enrolment to be replaced belongs to somebody else.",
    "置き換え対象の登録は本人のものではありません。",
    ["Omit the enrolment; the card identifies yours.", "登録番号を指定せずに手続きしてください。"],
  ),
  REPLACE_AMBIGUOUS: say(
    409,
    "The person has several enrolments at this party.",
    "この相手先に複数の登録があります。",
    ["Specify which enrolment this phone replaces.", "置き換える登録を指定してください。"],
  ),
  NOT_APPLIED: say(
    409,
    "This activation has no accepted application.",
    "この有効化に対応する申込みがありません。",
    askAgain,
  ),
  CSR_MALFORMED: say(
    400,
    "The certificate request is not well-formed PKCS#10.",
    "証明書要求の形式が正しくありません。",
    appFault,
  ),
  CSR_PROOF_INVALID: say(
    422,
    "The certificate request is not signed by the key it contains.",
    "証明書要求の署名が正しくありません。",
    appFault,
  ),
  CODE_WRONG: say(422, "The activation code is wrong.", "利用者識別符号が違います。", [
    "Open the sealed code again; three wrong tries end the application.",
    "符号を確認してください。3回間違えると無効になります。",
  ]),
  CODE_LOCKED: say(
    403,
    "The activation code was wrong three times.",
    "利用者識別符号を3回間違えました。",
    askAgain,
  ),

  // The phone's signed messages
  MESSAGE_UNTRUSTED: say(
    403,
    "The message is not signed by the key of an active enrolment.",
    "有効な登録の鍵による署名ではありません。",
    ["Enrol this phone with a tap of the card.", "カードをかざしてこの端末を登録してください。"],
  ),
  MESSAGE_STALE: say(
    422,
    "The message was signed too long ago, or its time is in the future.",
    "署名の時刻が現在から離れすぎています。",
    ["Set the phone's clock and sign again.", "端末の時計を合わせ、もう一度署名してください。"],
  ),

  // Consents
  NOTICE_NOT_FOR_THIS: say(
    422,
    "The notice is for another purpose than the consent.",
    "説明文の目的が同意の内容と一致しません。",
    appFault,
  ),
  CONSENT_NOT_IN_FORCE: say(409, "No such consent is in force.", "この同意は有効ではありません。", [
    "Ask the person for consent again.",
    "改めて同意を求めてください。",
  ]),
  CONSENT_REVISION_PASSED: say(
    409,
    "The consent has changed since this was signed.",
    "署名の後に同意の内容が変わりました。",
    [
      "Read the consents again and ask the person once more.",
      "同意の一覧を取得し直し、もう一度確認してください。",
    ],
  ),
  CARD_NEEDED: say(422, "This requires the card's signature.", "カードの署名が必要です。", [
    "Have the person tap the card.",
    "カードをかざしてください。",
  ]),

  // Notifications
  NOTIFICATION_CLOSED: say(
    409,
    "This change is no longer waiting for an answer.",
    "この変更は回答待ちではありません。",
    ["Read the inbox again.", "受信箱を取得し直してください。"],
  ),
  SHOWN_MISMATCH: say(
    422,
    "The signed content is not what the CA required to be shown.",
    "署名された内容が、表示すべき内容と一致しません。",
    [
      "Read the inbox again, show it and ask once more.",
      "受信箱を取得し直し、表示してもう一度確認してください。",
    ],
  ),

  // New phones that the person does not recognise
  FREEZE_CLOSED: say(
    409,
    "This phone has no new-phone notice to answer.",
    "この端末で回答できる新しい端末のお知らせはありません。",
    [
      "Read the inbox again; after 72 hours, revoke at the operator's desk.",
      "受信箱を取得し直してください。72時間を過ぎた場合は、認証局の窓口で失効を申し出てください。",
    ],
  ),

  // Relying parties
  PARTY_TOKEN_INVALID: say(
    401,
    "The access token is missing, has expired, or is not bound to this sender's key.",
    "アクセストークンがないか、無効か、送信者の鍵に結び付いていません。",
    [
      "Get a token from the token endpoint and send it with a fresh DPoP proof.",
      "トークンを取得し、新しい DPoP 証明とともに送ってください。",
    ],
  ),
  IDEMPOTENCY_KEY_REUSED: say(
    422,
    "The Idempotency-Key was used for another request.",
    "この Idempotency-Key は別の要求に使われています。",
    [
      "Use a new key for each request; repeat a key only with the same request.",
      "要求ごとに新しいキーを作成し、同じ要求を送り直すときだけ同じキーを使ってください。",
    ],
  ),
  IDEMPOTENCY_KEY_UNDER_WAY: say(
    409,
    "The request with this Idempotency-Key is being processed.",
    "この Idempotency-Key の要求は処理中です。",
    ["Send the same again in a few seconds.", "数秒おいて、同じ要求をもう一度送ってください。"],
  ),
  CLIENT_KEYS_PUBLISHED: say(
    409,
    "The client's keys are published by the party, not registered here.",
    "このクライアントの鍵は相手先が公開しており、ここには登録されていません。",
    [
      "Change them at the registered jwks_uri; they are read again within a minute.",
      "登録済みの jwks_uri の内容を変更してください。1分以内に読み直されます。",
    ],
  ),
  CLIENT_KEY_UNUSABLE: say(422, "The key cannot be registered.", "この鍵は登録できません。", [
    "Change what `detail` names, and send it again.",
    "`detail` が示す点を直して、もう一度送ってください。",
  ]),
  CLIENT_KEY_NEEDED: say(
    409,
    "The change would leave the client without a key that is known to work.",
    "この変更を行うと、使えることが確かな鍵がなくなります。",
    [
      "Add the successor, get a token with it, and change the old key then.",
      "後継の鍵を追加し、その鍵でトークンを取得してから、古い鍵を変更してください。",
    ],
  ),
  EVENT_NOT_REPLAYABLE: say(409, "The event cannot be replayed.", "このイベントは再送できません。", [
    "Replay dead-lettered events, and those delivered in the last 30 days, under a consent in force.",
    "再送できるのは、配信不能のイベントと過去30日に配信されたイベントで、同意が有効なものだけです。",
  ]),
  STREAM_EXISTS: say(409, "The party already has a stream.", "この相手先のストリームは既にあります。", [
    "Read it and update it, or delete it first.",
    "既存のストリームを更新するか、先に削除してください。",
  ]),
  STREAM_ENDPOINT_FORBIDDEN: say(
    422,
    "Events cannot be sent to this address.",
    "このアドレスへは配信できません。",
    ["Use an https URL on the public internet.", "公開された https のアドレスを指定してください。"],
  ),
  STREAM_BEARER_FORBIDDEN: say(
    409,
    "This stream is not polled with bearer tokens.",
    "このストリームはベアラートークンでの取得を許可していません。",
    [
      "Set bearer_polling on a stream with poll delivery first.",
      "先にポーリング方式のストリームに bearer_polling を設定してください。",
    ],
  ),
  ACKNOWLEDGEMENT_UNEXPECTED: say(
    409,
    "This party received no event for this acknowledgement.",
    "この相手先に対応する通知がありません。",
    [
      "Acknowledge with the consent and anchor version of an event you received.",
      "受信したイベントの consent と anchorVersion を指定してください。",
    ],
  ),

  // Login
  LOGIN_CLOSED: say(
    409,
    "This login is no longer waiting for an answer.",
    "このログインは回答待ちではありません。",
    ["Start the login again at the service.", "サービスの画面からログインをやり直してください。"],
  ),
  LOGIN_NUMBER_WRONG: say(
    422,
    "The number is not the one on the other screen. The login has ended.",
    "番号が画面の表示と一致しません。ログインを終了しました。",
    [
      "If you did not start it, do nothing more. Otherwise start again at the service.",
      "心当たりがなければ何もしないでください。ご自身の操作なら、サービスの画面からやり直してください。",
    ],
  ),
  LOGIN_LOCKED: say(429, "Too many logins failed on this phone.", "この端末でログインの失敗が続きました。", [
    "Wait an hour, and start again at the service.",
    "1時間ほど待ち、サービスの画面からやり直してください。",
  ]),
  CARD_NOT_THE_PERSONS: say(
    403,
    "There is no signature over this by a card of this enrolment's person.",
    "この登録の本人のカードによる、この内容への署名を確認できません。",
    [
      "Tap your own card; after a renewal of the card, enrol this phone again with one tap.",
      "ご本人のカードをかざしてください。カードを更新した場合は、もう一度かざして登録し直してください。",
    ],
  ),

  // The person page
  PAGE_CARD_REFUSED: say(
    403,
    "The card was not accepted for the CA's page.",
    "認証局のページでは、このカードを確認できませんでした。",
    [
      "Use your own card. After a renewal of the card, enrol a phone with it first, or call the CA.",
      "ご本人のカードを使ってください。カードを更新した場合は、先に端末を登録するか、認証局に電話してください。",
    ],
  ),

  // Links between parties
  LINK_NOT_POSSIBLE: say(
    409,
    "A link is granted in the app of the party that gives the data, for a dataset and a purpose that it has registered.",
    "データの連携には、提供元が登録した内容と目的についての、提供元のアプリでの同意が必要です。",
    [
      "Agree in the giving party's app or on the CA's own page. If this app cannot request it, or does not use the registered words, update it.",
      "提供元のアプリか認証局のページで同意してください。このアプリから依頼できない場合や、登録された内容と異なる場合は、アプリを更新してください。",
    ],
  ),
  LINK_REQUEST_CLOSED: say(
    409,
    "No link request with this id is open here.",
    "この連携の依頼は受け付けていません。",
    [
      "Read the inbox again; withdraw a link in force in the list of consents.",
      "受信箱を確認してください。有効な連携は同意の一覧から撤回できます。",
    ],
  ),
  LINK_REQUESTS_TOO_MANY: say(
    429,
    "This party has sent the person too many link requests.",
    "この相手先からの連携の依頼が多すぎます。",
    [
      "Wait until the person has answered, or a month has passed.",
      "本人の回答を待つか、1か月後にもう一度依頼してください。",
    ],
  ),

  CONSENTS_TOO_MANY: say(
    429,
    "The person has reached the limit of consents given through this party's apps.",
    "この相手先のアプリで与えられる同意の数が上限に達しています。",
    [
      "Withdraw consents that are not needed, and try again after a day.",
      "不要な同意を撤回し、1日後にもう一度お試しください。",
    ],
  ),

  // Signed transactions
  TRANSACTION_CLOSED: say(
    409,
    "This transaction is no longer waiting for a signature.",
    "この取引は署名待ちではありません。",
    ["Start again at the service.", "サービスの画面からやり直してください。"],
  ),
  TRANSACTION_INVALID: say(
    422,
    "The signature is not over exactly what was shown.",
    "署名が、表示された内容に対するものではありません。",
    appFault,
  ),

  // Operators' console
  OPERATOR_LOGIN_REQUIRED: say(401, "This requires an operator's login.", "運用者のログインが必要です。", [
    "Log in to the console.",
    "コンソールにログインしてください。",
  ]),
  OPERATOR_LOGIN_FAILED: say(
    403,
    "The operator's login could not be completed.",
    "運用者のログインを完了できませんでした。",
    ["Start again at the console, in one browser.", "コンソールからやり直してください。"],
  ),
  OPERATOR_MAY_NOT: say(
    403,
    "The operator's roles do not allow this.",
    "この運用者の役割では実行できません。",
    [
      "Ask an operator with the role, or the administrator of the roles.",
      "権限のある運用者、または役割を管理する担当者に依頼してください。",
    ],
  ),
  CSRF_REFUSED: say(
    403,
    "The request does not come from a current page of this CA.",
    "この認証局の現在の画面からのリクエストではありません。",
    ["Reload the page and try again.", "画面を再読み込みして、もう一度操作してください。"],
  ),

  // Another service is unavailable: nothing is lost
  TRY_AGAIN: say(
    503,
    "A service that this step needs does not respond. Nothing is lost.",
    "必要なサービスが応答していません。送信された内容は失われていません。",
    [
      "Send the same message again later, before the challenge expires.",
      "有効期限までに同じ内容をもう一度送ってください。",
    ],
  ),
  INTERNAL: say(500, "An unexpected error occurred.", "予期しないエラーが発生しました。", [
    "Send the same message again; if the error persists, give the instance to the operator.",
    "もう一度送ってください。続く場合は運用者に instance を伝えてください。",
  ]),
} as const satisfies Record<string, Refusal>;

export type RefusalCode = keyof typeof refusals;

/** A refusal passed between functions: the code, and details for a developer. */
export interface Refused {
  ok: false;
  code: RefusalCode;
  /** For developers and operators, in English, without personal data. */
  detail: string;
}

/** Creates a {@link Refused}. `detail`: one English sentence for developers, without personal data. */
export const refuse = (code: RefusalCode, detail: string): Refused => ({ ok: false, code, detail });
