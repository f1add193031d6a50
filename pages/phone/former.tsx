import { useWords } from "../frame/language.tsx";
import { NewPhones, useNewPhones } from "./new-phones.tsx";

/** `&phone=old` in the address: the phone that the person had before the last tap. */
export const isFormerPhone = (): boolean => new URLSearchParams(location.search).get("phone") === "old";

const addressOf = (person: string, more: string): string =>
  `/pages/phone/?person=${encodeURIComponent(person)}${more}`;

/** The link from one phone of the person to the other. */
export function OtherPhone({ person }: { person: string }) {
  const say = useWords();
  return (
    <p class="quiet">
      {isFormerPhone() ? (
        <a href={addressOf(person, "")}>{say({ ja: "新しいスマートフォンへ", en: "To the new phone" })}</a>
      ) : (
        <a href={addressOf(person, "&phone=old")}>
          {say({ ja: "前のスマートフォンへ", en: "To the former phone" })}
        </a>
      )}
    </p>
  );
}

/** A replaced phone can only report "this was not me". */
export function FormerPhone({ person, name, tick }: { person: string; name: string; tick: number }) {
  const say = useWords();
  const found = useNewPhones(person, tick);
  return (
    <>
      <p>{say({ ja: `${name}さんの前のスマートフォン`, en: `The former phone of ${name}` })}</p>
      <NewPhones person={person} phone="former" found={found} />
      <OtherPhone person={person} />
    </>
  );
}
