import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Loading, Offline, personOfPage, Refusal, show } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { type Happening, useAsked, useLive } from "../frame/live.ts";
import { CaPage } from "./ca-page.tsx";
import { Certificates } from "./certificates.tsx";
import { Consents } from "./consents.tsx";
import { FormerPhone, isFormerPhone, OtherPhone } from "./former.tsx";
import { Inbox } from "./inbox.tsx";
import { Link } from "./link.tsx";
import { NewPhones } from "./new-phones.tsx";
import { Reads } from "./reads.tsx";
import { Tap } from "./tap.tsx";

/** A person as the control interface shows them. */
export interface Person {
  name: string;
  pin: string;
  enrolments: { party: string; app: string; enrolmentId: string; pseudonym: string }[];
}

export type Exchange = Extract<Happening, { kind: "apdu" }>;

function Phone() {
  const say = useWords();
  const person = personOfPage();
  const [tick, setTick] = useState(0);
  const [exchanges, setExchanges] = useState<Exchange[]>([]);
  const isUp = useLive((happening) => {
    if (happening.kind === "person" && happening.person === person) setTick((before) => before + 1);
    if (happening.kind === "apdu" && happening.person === person)
      setExchanges((before) => [...before.slice(-60), happening]);
  });
  const { value, problem, again } = useAsked(() => call<Person>("GET", `/people/${person}`), person, tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const isEnrolled = value.enrolments.length > 0;
  if (isFormerPhone())
    return (
      <>
        <Offline isUp={isUp} />
        <FormerPhone person={person} name={value.name} tick={tick} />
      </>
    );
  return (
    <>
      <Offline isUp={isUp} />
      <p>{say({ ja: `${value.name}さんのスマートフォン`, en: `The phone of ${value.name}` })}</p>
      {isEnrolled && <NewPhones person={person} phone="current" tick={tick} />}
      {isEnrolled && <Inbox person={person} tick={tick} />}
      {isEnrolled && (
        <Link person={person} parties={[...new Set(value.enrolments.map(({ party }) => party))]} />
      )}
      <Tap
        person={person}
        pin={value.pin}
        isEnrolled={isEnrolled}
        exchanges={exchanges}
        begin={() => setExchanges([])}
        done={again}
      />
      {isEnrolled && <Certificates enrolments={value.enrolments} />}
      {isEnrolled && <Consents person={person} tick={tick} />}
      {isEnrolled && <Reads person={person} tick={tick} />}
      <CaPage person={person} />
      {isEnrolled && <OtherPhone person={person} />}
    </>
  );
}

show("phone", () => <Phone />);
