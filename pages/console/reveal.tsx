import { useState } from "preact/hooks";
import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { useWrite } from "./session.ts";

interface Revealed {
  version: number;
  name: string;
  address: string;
  dateOfBirth: string;
  sex: string;
}

const reasons: [string, Words][] = [
  ["person-asked", { ja: "本人の依頼", en: "The person asked" }],
  ["complaint", { ja: "苦情", en: "A complaint" }],
  ["incident", { ja: "障害・事故", en: "An incident" }],
  ["authority", { ja: "公的機関の照会", en: "An authority asked" }],
];
const labels: [keyof Revealed, Words][] = [
  ["name", { ja: "氏名", en: "Name" }],
  ["address", { ja: "住所", en: "Address" }],
  ["dateOfBirth", { ja: "生年月日", en: "Date of birth" }],
  ["sex", { ja: "性別", en: "Sex" }],
  ["version", { ja: "版", en: "Version" }],
];

/** A person's data, for a reason and under a case number that are in the audit log before anything is shown. */
export function Reveal({ id }: { id: string }) {
  const say = useWords();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const [shown, setShown] = useState<Revealed>();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const { reason, record } = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement));
    act(async () => setShown(await write(`/persons/${encodeURIComponent(id)}/reveal`, { reason, record })));
  };
  return (
    <section>
      <h2>{say({ ja: "個人情報の表示", en: "Reveal personal data" })}</h2>
      <Refusal problem={problem} />
      {shown ? (
        <>
          <dl>
            {labels.map(([key, words]) => [
              <dt key={key}>{say(words)}</dt>,
              <dd key={`${key} value`} data-value={key}>
                {shown[key]}
              </dd>,
            ])}
          </dl>
          <button type="button" class="second" onClick={() => setShown(undefined)}>
            {say({ ja: "隠す", en: "Hide" })}
          </button>
        </>
      ) : (
        <form onSubmit={onSubmit}>
          <label>
            {say({ ja: "理由", en: "Reason" })}
            <select name="reason">
              {reasons.map(([value, words]) => (
                <option key={value} value={value}>
                  {say(words)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {say({
              ja: "受付番号（英数字。個人情報は書かないでください）",
              en: "Case number (no personal data)",
            })}
            <input type="text" name="record" required maxLength={120} pattern="[!-~]+" />
          </label>
          <button type="submit" disabled={isBusy}>
            {say({ ja: "記録して表示する", en: "Reveal, on record" })}
          </button>
        </form>
      )}
    </section>
  );
}
