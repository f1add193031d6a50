import { personOfPage } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { type Asking, yen } from "./customer.ts";

/** The phone's page with this login opened. */
const onPhone = (link: string): string =>
  `/pages/phone/?person=${encodeURIComponent(personOfPage())}#${new URLSearchParams({ party: "abc-bank", link })}`;

/** Shown while the phone decides: the code or link of the CA's page, and the number. */
export function OpenAsking({
  asking,
  isBusy,
  cancel,
}: {
  asking: Asking;
  isBusy: boolean;
  cancel: () => void;
}) {
  const say = useWords();
  const { transfer, number, here, elsewhere, qr, expiresAt } = asking;
  return (
    <section aria-live="polite" data-asking={asking.way}>
      <h2>
        {transfer
          ? say({ ja: "スマートフォンで振込に署名", en: "Sign the transfer on the phone" })
          : say({ ja: "スマートフォンでログイン", en: "Log in with the phone" })}
      </h2>
      {transfer && (
        <p>
          {transfer.to} <strong>{yen(transfer.amount)}</strong>
        </p>
      )}
      {here !== undefined && (
        <p>
          <a class="press" href={onPhone(here)}>
            {say({ ja: "この端末のアプリを開く", en: "Open the app on this device" })}
          </a>
        </p>
      )}
      <p>
        {qr
          ? say({
              ja: "または、別の端末のアプリでコードを読み取り、次の番号を選んでください。",
              en: "Or scan the code with the app on another device, and choose this number there.",
            })
          : say({
              ja: "スマートフォンに通知しました。次の番号を選んでください。",
              en: "Your phone has been notified. Choose this number there.",
            })}
      </p>
      <p class="number" data-number>
        {number}
      </p>
      {qr && elsewhere !== undefined && (
        <p>
          <svg
            class="code"
            role="img"
            aria-label={say({ ja: "二次元コード", en: "QR code" })}
            viewBox={`0 0 ${qr.size} ${qr.size}`}
            data-link={elsewhere}
          >
            <path d={qr.path} />
          </svg>
          <br />
          <a href={onPhone(elsewhere)} target="_blank" rel="noreferrer">
            {say({
              ja: "スマートフォンのページで読み取る（別のタブ）",
              en: "Scan it with the phone's page (another tab)",
            })}
          </a>
        </p>
      )}
      <p class="quiet">
        {say({
          ja: "ご自身で始めた場合だけ進めてください。この番号を人に尋ねられることはありません。期限：",
          en: "Only if you started this yourself. Nobody else will ever ask you for the number. Until ",
        })}
        <time dateTime={expiresAt}>{new Date(expiresAt).toLocaleTimeString()}</time>
      </p>
      <button type="button" class="second" disabled={isBusy} onClick={cancel}>
        {say({ ja: "中止する", en: "Call it off" })}
      </button>
    </section>
  );
}
