import { useState } from "preact/hooks";
import { useWords } from "../frame/language.tsx";
import { type Order, type Transfer, yen } from "./customer.ts";

/** People type full-width digits and separators; the bank refuses an invalid number like 0. */
const amountOf = (typed: string): number => Number(typed.normalize("NFKC").replaceAll(/[,円¥\s]/g, "")) || 0;

/** A transfer to be ordered. `order` returns whether it was accepted. */
export function TransferForm({
  canPush,
  isBusy,
  order,
}: {
  canPush: boolean;
  isBusy: boolean;
  order: (wanted: Order & { way: "qr" | "push" }, taken: () => void) => void;
}) {
  const say = useWords();
  const [to, setTo] = useState("");
  const [amount, setAmount] = useState("");
  const isBlank = to.trim() === "" || amount.trim() === "";
  const send = (way: "qr" | "push") =>
    order({ to, amount: amountOf(amount), way }, () => {
      setTo("");
      setAmount("");
    });
  return (
    <section>
      <h2>{say({ ja: "振込", en: "Transfer" })}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send(canPush ? "push" : "qr");
        }}
      >
        <label>
          {say({ ja: "振込先", en: "To" })}
          <input
            type="text"
            name="to"
            autocomplete="off"
            maxLength={200}
            value={to}
            onInput={({ currentTarget }) => setTo(currentTarget.value)}
          />
        </label>
        <label>
          {say({ ja: "金額（円）", en: "Amount (yen)" })}
          <input
            type="text"
            name="amount"
            inputMode="numeric"
            autocomplete="off"
            maxLength={40}
            value={amount}
            onInput={({ currentTarget }) => setAmount(currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="second"
          disabled={isBusy}
          onClick={() => {
            setTo(say({ ja: "みどり電力", en: "Midori Electric" }));
            setAmount("12000");
          }}
        >
          {say({ ja: "例を入れる", en: "Put in an example" })}
        </button>
        <button type="submit" disabled={isBusy || isBlank}>
          {canPush
            ? say({ ja: "通知を受けて署名する", en: "Have it signed by push" })
            : say({ ja: "スマートフォンで署名する", en: "Have it signed with the phone" })}
        </button>
        {canPush && (
          <button type="button" class="second" disabled={isBusy || isBlank} onClick={() => send("qr")}>
            {say({ ja: "コードかリンクで署名する", en: "By code or link" })}
          </button>
        )}
      </form>
    </section>
  );
}

/** The customer's transfers, and their outcome. */
export function Transfers({ transfers }: { transfers: Transfer[] }) {
  const say = useWords();
  if (transfers.length === 0) return null;
  return (
    <section aria-live="polite">
      <h2>{say({ ja: "振込の履歴", en: "Transfers" })}</h2>
      <ul>
        {transfers.map(({ id, to, amount, state, signedAt, transactionId }) => (
          <li key={id} class="item" data-transfer={state}>
            {to} <strong>{yen(amount)}</strong>
            <br />
            {state === "signed" && signedAt !== null && (
              <>
                {say({ ja: "署名済み（検証しました）", en: "Signed, and verified" })}{" "}
                <time dateTime={signedAt}>{new Date(signedAt).toLocaleString()}</time>{" "}
                <code class="quiet">{transactionId}</code>
              </>
            )}
            {state === "asked" && say({ ja: "署名を待っています", en: "Waits to be signed" })}
            {state === "not-signed" &&
              say({
                ja: "署名されませんでした。振込は行われません。",
                en: "Not signed: nothing is transferred.",
              })}
          </li>
        ))}
      </ul>
    </section>
  );
}
