import { useState } from "preact/hooks";
import "./developer.css";
import { Offline, show } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useLive } from "../frame/live.ts";
import { Choose } from "./choose.tsx";
import { Exchanges } from "./exchanges.tsx";
import { Ready } from "./ready.tsx";
import { Register } from "./register.tsx";

function Developer() {
  const say = useWords();
  const [exchangeTick, setExchangeTick] = useState(0);
  const [personTick, setPersonTick] = useState(0);
  const isUp = useLive(({ kind }) => {
    if (kind === "exchange") setExchangeTick((before) => before + 1);
    if (kind === "person") setPersonTick((before) => before + 1);
  });
  return (
    <>
      <Offline isUp={isUp} />
      <Ready />
      <Choose tick={personTick} />
      <Exchanges tick={exchangeTick} />
      <Register />
      <p>
        <a href="/acts">
          {say({
            ja: "すべての操作を一覧で（英語）",
            en: "Every operation of every person, one button each",
          })}
        </a>
      </p>
    </>
  );
}

show("developer", () => <Developer />);
