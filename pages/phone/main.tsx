import { useState } from "preact/hooks";
import { call } from "../frame/calls.ts";
import { Loading, Offline, personOfPage, Refusal, show } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked, useLive } from "../frame/live.ts";
import { CaPage } from "./ca-page.tsx";
import { CardContext } from "./card-form.tsx";
import { Certificates } from "./certificates.tsx";
import { Consents } from "./consents.tsx";
import { FormerPhone, isFormerPhone, OtherPhone } from "./former.tsx";
import { Inbox } from "./inbox.tsx";
import { Link } from "./link.tsx";
import { NewPhones, useNewPhones } from "./new-phones.tsx";
import { Reads } from "./reads.tsx";
import type { Exchange, Person } from "./shapes.ts";
import { Tap } from "./tap.tsx";

function Phone() {
  const say = useWords();
  const person = personOfPage();
  const [tick, setTick] = useState(0);
  const [exchanges, setExchanges] = useState<Exchange[]>([]);
  const [isAway, setAway] = useState(false);
  const isUp = useLive((happening) => {
    if (!("person" in happening) || happening.person !== person) return;
    if (happening.kind === "person") setTick((before) => before + 1);
    if (happening.kind === "card") setAway(true);
    if (happening.kind === "apdu") setExchanges((before) => [...before.slice(-60), happening]);
  });
  const { value, problem, again } = useAsked(() => call<Person>("GET", `/people/${person}`), person, tick);
  const newPhones = useNewPhones(person, tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const isEnrolled = value.enrolments.length > 0;
  if (isFormerPhone())
    return (
      <>
        <Offline isUp={isUp} />
        <FormerPhone person={person} name={value.name} tick={tick} />
      </>
    );
  const begin = () => {
    setExchanges([]);
    setAway(false);
  };
  const ended = new Map(newPhones.value?.ended.map(({ enrolmentId, why }) => [enrolmentId, why]));
  const alive = value.enrolments.filter(({ enrolmentId }) => !ended.has(enrolmentId));
  const parties = [...new Set(alive.map(({ party }) => party))];
  return (
    <CardContext.Provider value={{ pin: value.pin, exchanges, isAway, begin }}>
      <Offline isUp={isUp} />
      <p>{say({ ja: `${value.name}さんのスマートフォン`, en: `The phone of ${value.name}` })}</p>
      {isEnrolled && <NewPhones person={person} phone="current" found={newPhones} />}
      {parties.length > 0 && <Inbox person={person} tick={tick} />}
      {parties.length > 0 && <Link person={person} parties={parties} />}
      <Tap person={person} isEnrolled={isEnrolled} done={again} />
      {isEnrolled && <Certificates enrolments={value.enrolments} ended={ended} />}
      {parties.map((party) => (
        <Consents key={party} person={person} party={party} tick={tick} />
      ))}
      {parties.map((party) => (
        <Reads key={party} person={person} party={party} tick={tick} />
      ))}
      <CaPage person={person} />
      {isEnrolled && <OtherPhone person={person} />}
    </CardContext.Provider>
  );
}

show("phone", () => <Phone />);
