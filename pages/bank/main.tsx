import { useEffect, useState } from "preact/hooks";
import { Loading, Offline, Refusal, show } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct, useAsked, useLive } from "../frame/live.ts";
import { AccountDetails } from "./account.tsx";
import { Accounts } from "./accounts.tsx";
import { OpenAsking } from "./asking.tsx";
import { customerAct, readCustomer } from "./customer.ts";
import { problemOf } from "./ended.ts";
import { LogIn } from "./login.tsx";
import { TransferForm, Transfers } from "./transfer.tsx";

/** The phone on this device has returned the browser: removed from the address, so that reloading does nothing. */
function takeReturn(): string | undefined {
  const returnTo = new URLSearchParams(location.hash.slice(1)).get("return") ?? undefined;
  if (returnTo !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return returnTo;
}

function Bank() {
  const say = useWords();
  const [tick, setTick] = useState(0);
  const [bookTick, setBookTick] = useState(0);
  const isUp = useLive(({ kind }) => {
    if (kind === "customer" || kind === "bank") setTick((before) => before + 1);
    if (kind === "bank") setBookTick((before) => before + 1);
  });
  const { value, problem, again } = useAsked(readCustomer, "customer", tick);
  const { act, isBusy, problem: refused } = useAct();
  const press = (name: string, body: object = {}, done = () => {}) =>
    act(async () => {
      try {
        await customerAct(name, body);
        done();
      } finally {
        again();
      }
    });
  useEffect(() => {
    const returnTo = takeReturn();
    if (returnTo !== undefined) press("return", { returnTo });
  }, []);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const { account, asking, canPush, transfers } = value;
  const isOpen = asking?.state === "open";
  return (
    <>
      <Offline isUp={isUp} />
      <Refusal problem={refused ?? problem ?? (asking ? problemOf(asking) : undefined)} />
      {isOpen && (
        <OpenAsking asking={asking} isBusy={isBusy} cancel={() => press("cancel", { id: asking.id })} />
      )}
      {!account && !isOpen && (
        <LogIn canPush={canPush} isBusy={isBusy} begin={(way) => press("logins", { way })} />
      )}
      {account && (
        <>
          <section data-own={account.customer}>
            <h2>{say({ ja: "お客さまの口座", en: "Your account" })}</h2>
            <AccountDetails account={account} />
            <button type="button" class="second" disabled={isBusy} onClick={() => press("logout")}>
              {say({ ja: "ログアウトする", en: "Log out" })}
            </button>
          </section>
          {!isOpen && (
            <TransferForm
              canPush={canPush}
              isBusy={isBusy}
              order={(wanted, taken) => press("transfers", wanted, taken)}
            />
          )}
          <Transfers transfers={transfers} />
        </>
      )}
      <Accounts tick={bookTick} />
    </>
  );
}

show("bank", () => <Bank />);
