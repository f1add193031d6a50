import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Loading, Offline, personOfPage, Refusal, show } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct, useAsked, useLive } from "../frame/live.ts";
import { Register } from "./register.tsx";

interface Resident {
  person: string;
  name: string;
  address: string;
}

const errands: { act: string; words: Words }[] = [
  { act: "renew", words: { ja: "電子証明書を更新する", en: "Renew the card's certificate" } },
  { act: "new-card", words: { ja: "新しいカードを受け取る", en: "Get a new card" } },
  { act: "lose", words: { ja: "紛失を届け出る", en: "Report the card lost" } },
  { act: "unlock", words: { ja: "暗証番号を初期化する", en: "Have the PINs reset" } },
  { act: "die", words: { ja: "死亡を届け出る", en: "Report the death" } },
];

function Counter() {
  const say = useWords();
  const person = personOfPage();
  const [tick, setTick] = useState(0);
  const [address, setAddress] = useState("");
  const [name, setName] = useState("");
  const { act, isBusy, problem } = useAct();
  const isUp = useLive((happening) => {
    if (happening.kind === "person") setTick((before) => before + 1);
  });
  const { value, problem: unread } = useAsked(
    () => call<{ people: Resident[] }>("GET", "/people"),
    person,
    tick,
  );
  const resident = value?.people.find((each) => each.person === person);
  if (!resident) return unread ? <Refusal problem={unread} /> : <Loading />;
  const change = (path: string, body: object) => act(() => call("POST", `/people/${person}/${path}`, body));
  return (
    <>
      <Offline isUp={isUp} />
      <section>
        <label>
          {say({ ja: "住民", en: "Resident" })}
          <select
            value={person}
            onChange={({ currentTarget: { value: chosen } }) => {
              location.search = `?person=${encodeURIComponent(chosen)}`;
            }}
          >
            {value?.people.map((each) => (
              <option key={each.person} value={each.person} selected={each.person === person}>
                {each.name} ({each.person})
              </option>
            ))}
          </select>
        </label>
        <dl>
          <dt>{say({ ja: "氏名", en: "Name" })}</dt>
          <dd>{resident.name}</dd>
          <dt>{say({ ja: "住所", en: "Address" })}</dt>
          <dd>{resident.address}</dd>
        </dl>
      </section>
      <Refusal problem={problem} />
      <section>
        <h2>{say({ ja: "届け出", en: "Report a change" })}</h2>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            change("move", address === "" ? {} : { address });
            setAddress("");
          }}
        >
          <label>
            {say({ ja: "新しい住所（空欄なら例を使う）", en: "New address (empty: an example)" })}
            <input
              type="text"
              name="address"
              value={address}
              maxLength={200}
              onInput={({ currentTarget }) => setAddress(currentTarget.value)}
            />
          </label>
          <button type="submit" disabled={isBusy}>
            {say({ ja: "転居を届け出る", en: "Report the move" })}
          </button>
        </form>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            change("move", { name });
            setName("");
          }}
        >
          <label>
            {say({ ja: "新しい氏名", en: "New name" })}
            <input
              type="text"
              name="name"
              value={name}
              maxLength={200}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
            />
          </label>
          <button type="submit" disabled={isBusy || name === ""}>
            {say({ ja: "氏名の変更を届け出る", en: "Report the new name" })}
          </button>
        </form>
        <p class="quiet">
          {say({
            ja: "届け出るとカードの証明書が更新され、J-LIS が失効情報を公開し、認証局がそれを読みます（本来は日次）。",
            en: "This renews the card's certificate; J-LIS publishes the revocation, and the CA reads it (daily, in reality).",
          })}
        </p>
      </section>
      <section>
        <h2>{say({ ja: "その他の窓口", en: "Other requests" })}</h2>
        {errands.map(({ act: errand, words }) => (
          <button
            key={errand}
            type="button"
            class="second"
            disabled={isBusy}
            onClick={() => change("town-hall", { act: errand })}
          >
            {say(words)}
          </button>
        ))}
      </section>
      <Register person={person} tick={tick} />
    </>
  );
}

show("town-hall", () => <Counter />);
