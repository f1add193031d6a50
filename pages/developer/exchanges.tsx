import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAct, useAsked } from "../frame/live.ts";
import { type Exchange, kindWords } from "./shapes.ts";

/** The simulated parties, whose requests would hide the developer's own. */
const simulated: ReadonlySet<string> = new Set(["abc-bank", "midori-clinic"]);

/** Every request of a party as it goes by, newest first, as curl. */
export function Exchanges({ tick }: { tick: number }) {
  const say = useWords();
  const [showsAll, setShowsAll] = useState(false);
  const { act, isBusy, problem: failed } = useAct();
  const { value, problem, again } = useAsked(
    () => call<{ isWatched: boolean; exchanges: Exchange[] }>("GET", "/exchanges"),
    "exchanges",
    tick,
  );
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const shown = value.exchanges
    .filter(({ client }) => showsAll || client === undefined || !simulated.has(client))
    .toReversed();
  const clear = () =>
    act(async () => {
      await call("DELETE", "/exchanges");
      again();
    });
  return (
    <section>
      <h2>{say({ ja: "リクエスト", en: "Requests, live" })}</h2>
      <p class="quiet">
        {say({
          ja: "相手先とそのブラウザーのリクエストを、curl の形で新しい順に示します。「…」で終わる値は秘密で、リクエストのたびに自分で作る値です。",
          en: "What parties and their browsers ask the CA, newest first, as curl. Values that end in … are secrets: you make or receive them anew.",
        })}
      </p>
      <p class="quiet">
        {say({
          ja: "イベントをプッシュで受け取るには、ストリームの endpoint_url を次のアドレスか、127.0.0.1 の自分の受信プログラムにします：",
          en: "To have events pushed, set the stream's endpoint_url to this address, or to a receiver of yours on 127.0.0.1: ",
        })}
        <code>{`${location.origin}/receiver/PARTY`}</code>
      </p>
      <label class="choice">
        <input
          type="checkbox"
          checked={showsAll}
          onChange={({ currentTarget }) => setShowsAll(currentTarget.checked)}
        />{" "}
        {say({ ja: "ABC銀行とみどりクリニックも表示する", en: "Also those of ABC Bank and Midori Clinic" })}
      </label>
      {value.isWatched ? (
        <button type="button" class="second" disabled={isBusy} onClick={clear}>
          {say({ ja: "消去する", en: "Clear" })}
        </button>
      ) : (
        <p>
          {say({
            ja: "記録するには、npx kazasu sandbox で起動してください。",
            en: "They are recorded with npx kazasu sandbox.",
          })}
        </p>
      )}
      <Refusal problem={failed} />
      <ol aria-live="polite" aria-relevant="additions">
        {shown.map((exchange) => (
          <Row key={exchange.id} exchange={exchange} />
        ))}
      </ol>
      {shown.length === 0 && <p class="quiet">{say({ ja: "まだありません。", en: "None yet." })}</p>}
    </section>
  );
}

function Row({ exchange }: { exchange: Exchange }) {
  const say = useWords();
  const { kind, client, method, path, status, ms, curl, location, answer, times } = exchange;
  return (
    <li class="item" data-exchange={kind}>
      <details>
        <summary>
          <strong>{say(kindWords[kind] ?? { ja: kind, en: kind })}</strong> <code>{client}</code>{" "}
          <span class={status >= 400 ? "bad" : "good"}>{status}</span>
          {times > 1 && ` ×${times}`}
          <br />
          <code>
            {method} {path}
          </code>{" "}
          <span class="quiet">{ms} ms</span>
        </summary>
        <pre tabIndex={0} data-curl>
          {curl}
        </pre>
        <p>
          {say({ ja: "応答", en: "Answer" })}: {status}
        </p>
        {location !== undefined && (
          <p>
            Location: <code>{location}</code>
          </p>
        )}
        {answer !== undefined && <pre tabIndex={0}>{JSON.stringify(answer, undefined, 2)}</pre>}
      </details>
    </li>
  );
}
