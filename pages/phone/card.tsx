import { useWords } from "../frame/language.tsx";
import type { Exchange } from "./shapes.ts";

/** About the number of exchanges in one tap; with more, the card is shown at its final position. */
const usual = 14;
const reach = { from: 10, to: 150 };

/** The card, which approaches with each answered exchange, and its last command. */
export function HeldCard({ isHeld, exchanges }: { isHeld: boolean; exchanges: Exchange[] }) {
  const say = useWords();
  const share = isHeld ? Math.min(1, (exchanges.length + 1) / usual) : 0;
  const last = exchanges.at(-1);
  return (
    <figure class="tap">
      <svg viewBox="0 0 260 80" aria-hidden="true">
        <rect class="phone" x="200" y="4" width="44" height="72" rx="6" />
        <g
          class="card"
          style={{ transform: `translateX(${reach.from + share * (reach.to - reach.from)}px)` }}
        >
          <rect y="18" width="70" height="44" rx="5" />
          <rect class="chip" x="10" y="32" width="14" height="12" rx="2" />
        </g>
        {isHeld && exchanges.length > 0 && (
          <circle key={exchanges.length} class="wave" cx="222" cy="40" r="8" />
        )}
      </svg>
      <figcaption class="quiet">
        {isHeld && last
          ? `${last.meaning} → ${last.status} ${last.outcome}`
          : say({ ja: "カードは手元にあります。", en: "The card is in your hand." })}
      </figcaption>
    </figure>
  );
}

/** All exchanges with the card, without the PIN. */
export function Exchanges({ exchanges }: { exchanges: Exchange[] }) {
  const say = useWords();
  if (exchanges.length === 0) return null;
  return (
    <details>
      <summary>
        {say({
          ja: `カードとのやりとり（${exchanges.length}）`,
          en: `Exchanges with the card (${exchanges.length})`,
        })}
      </summary>
      <ol class="exchanges">
        {exchanges.map(({ meaning, status, outcome }, index) => (
          <li key={index}>
            {meaning} → {status} {outcome}
          </li>
        ))}
      </ol>
    </details>
  );
}
