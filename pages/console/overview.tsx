import { Loading } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { type Count, useCounts } from "./counts.ts";
import { hrefOf } from "./route.ts";
import { lifecycleNames, lifecycleWords, stateWords } from "./words.ts";

/** Every lifecycle by its current states. */
export function Overview() {
  const say = useWords();
  const { counts } = useCounts();
  if (!counts) return <Loading />;
  return (
    <>
      {lifecycleNames.map((lifecycle) => {
        const states = counts.filter((count) => count.lifecycle === lifecycle);
        return (
          <section key={lifecycle} data-lifecycle={lifecycle}>
            <h2>
              <a href={hrefOf("lifecycles", lifecycle)}>{say(lifecycleWords(lifecycle))}</a>
            </h2>
            {states.length === 0 && <p class="quiet">{say({ ja: "まだありません。", en: "None yet." })}</p>}
            {states.length > 0 && <Bar states={states} />}
            <ul class="legend">
              {states.map(({ state, count }, index) => (
                <li key={state}>
                  <svg class={`share${index % shades}`} viewBox="0 0 1 1" aria-hidden="true">
                    <rect width="1" height="1" />
                  </svg>
                  <a href={hrefOf("lifecycles", lifecycle, { state })}>{say(stateWords(state))}</a>{" "}
                  <strong data-state={state}>{count.toLocaleString()}</strong>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

const shades = 6;

/** The shares of the states; the legend below has the figures. */
function Bar({ states }: { states: Count[] }) {
  const total = states.reduce((sum, { count }) => sum + count, 0);
  let from = 0;
  return (
    <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      {states.map(({ state, count }, index) => {
        const x = from;
        const width = total === 0 ? 0 : (count / total) * 100;
        from += width;
        return <rect key={state} class={`share${index % shades}`} x={x} width={width} height="4" />;
      })}
    </svg>
  );
}
