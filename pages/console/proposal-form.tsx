import type { ComponentChildren } from "preact";
import { Refusal } from "../frame/frame.tsx";
import { useWords, type Words } from "../frame/language.tsx";
import { useAct } from "../frame/live.ts";
import { useWrite } from "./session.ts";

/** Builds the act from its own fields: the act's name, and its members of the statement (`protocol/operation.ts`). */
export type ActOf = (fields: Record<string, FormDataEntryValue>) => { act: string } & Record<string, unknown>;

/** The form of a proposal that requires two people: the act's own fields, the case number, and a button. */
export function ProposalForm(props: {
  issuer: string;
  button: Words;
  actOf: ActOf;
  done: () => void;
  children?: ComponentChildren;
}) {
  const { issuer, button, actOf, done, children } = props;
  const say = useWords();
  const write = useWrite();
  const { act, isBusy, problem } = useAct();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { record, ...fields } = Object.fromEntries(new FormData(form));
    const statement = { id: crypto.randomUUID(), issuer, record, ...actOf(fields) };
    act(async () => {
      await write("/operations", { statement: JSON.stringify(statement) });
      form.reset();
      done();
    });
  };
  return (
    <form onSubmit={onSubmit}>
      <Refusal problem={problem} />
      {children}
      <label>
        {say({ ja: "受付番号（個人情報は書かないでください）", en: "Case number (no personal data)" })}
        <input type="text" name="record" required maxLength={120} pattern="[!-~]+" />
      </label>
      <button type="submit" disabled={isBusy}>
        {say(button)}
      </button>
    </form>
  );
}
