import { useWords } from "../frame/language.tsx";

/** The ways to log in: with a phone beside this screen or on this device, and by push to the phone known to this browser. */
export function LogIn({
  canPush,
  isBusy,
  begin,
}: {
  canPush: boolean;
  isBusy: boolean;
  begin: (way: "qr" | "push") => void;
}) {
  const say = useWords();
  return (
    <section>
      <h2>{say({ ja: "ログイン", en: "Log in" })}</h2>
      {canPush && (
        <button type="button" disabled={isBusy} onClick={() => begin("push")}>
          {say({ ja: "通知でログインする", en: "Log in by push" })}
        </button>
      )}
      <button
        type="button"
        class={canPush ? "second" : undefined}
        disabled={isBusy}
        onClick={() => begin("qr")}
      >
        {say({ ja: "スマートフォンでログインする", en: "Log in with the phone" })}
      </button>
      {!canPush && (
        <p class="quiet">
          {say({
            ja: "この端末のアプリで一度ログインすると、次からは通知でログインできます。",
            en: "Once logged in with the app on this device, a push is enough from then on.",
          })}
        </p>
      )}
    </section>
  );
}
