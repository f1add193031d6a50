import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { ask } from "./session.ts";

interface Standing {
  generations: {
    id: string;
    keyStore: string;
    issuesFrom: string;
    rootUntil: string;
    issuingUntil: string;
    ocspSignerUntil: string | null;
  }[];
  crls: { generation: string; shard: number; number: string; thisUpdate: string; nextUpdate: string }[];
  chain: { position: string | null; waiting: number; stalled: boolean };
  checkpoint: string | null;
}

/** The CA itself: its keys, its CRLs, its audit log. */
export function Health() {
  const say = useWords();
  const { tick } = useCounts();
  const { value, problem } = useAsked(() => ask<Standing>("/health"), "health", tick);
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  const isLate = (until: string | null) => until === null || Date.parse(until) < Date.now();
  return (
    <>
      <Refusal problem={problem} />
      {value.generations.map((generation) => (
        <section key={generation.id}>
          <h2>
            {say({ ja: "鍵の世代", en: "Generation" })} {generation.id}
          </h2>
          <dl>
            <dt>{say({ ja: "鍵の保管", en: "Keys in" })}</dt>
            <dd>{generation.keyStore}</dd>
            <dt>{say({ ja: "発行の開始", en: "Issues from" })}</dt>
            <dd>
              <Time at={generation.issuesFrom} />
            </dd>
            <dt>{say({ ja: "ルートの期限", en: "Root until" })}</dt>
            <dd class={isLate(generation.rootUntil) ? "trouble" : ""}>
              <Time at={generation.rootUntil} />
            </dd>
            <dt>{say({ ja: "発行CAの期限", en: "Issuing CA until" })}</dt>
            <dd class={isLate(generation.issuingUntil) ? "trouble" : ""}>
              <Time at={generation.issuingUntil} />
            </dd>
            <dt>{say({ ja: "OCSP 署名者の期限", en: "OCSP signer until" })}</dt>
            <dd class={isLate(generation.ocspSignerUntil) ? "trouble" : ""}>
              <Time at={generation.ocspSignerUntil} />
            </dd>
            {value.crls
              .filter((crl) => crl.generation === generation.id)
              .map(({ shard, number, nextUpdate }) => [
                <dt key={shard}>
                  CRL {shard} ({say({ ja: "番号", en: "number" })} {number})
                </dt>,
                <dd key={`${shard} until`} class={isLate(nextUpdate) ? "trouble" : ""} data-crl={shard}>
                  {say({ ja: "次の発行", en: "next" })} <Time at={nextUpdate} />
                </dd>,
              ])}
          </dl>
        </section>
      ))}
      <section>
        <h2>{say({ ja: "監査記録", en: "Audit log" })}</h2>
        <dl>
          <dt>{say({ ja: "連鎖の位置", en: "Chained up to" })}</dt>
          <dd data-value="chained">{value.chain.position ?? "—"}</dd>
          <dt>{say({ ja: "連鎖待ち", en: "Waiting" })}</dt>
          <dd class={value.chain.stalled ? "trouble" : ""}>
            {value.chain.waiting >= 1_000 ? "1000+" : value.chain.waiting}
            {value.chain.stalled &&
              say({
                ja: "（連鎖が止まっています。ワーカーとデータベースのロックを確かめてください）",
                en: " (the log is stalled: check the workers and the locks in Postgres)",
              })}
          </dd>
          <dt>{say({ ja: "最後のチェックポイント", en: "Last checkpoint" })}</dt>
          <dd>
            {value.checkpoint === null ? (
              "—"
            ) : (
              <details>
                <summary>{say({ ja: "署名付き（JWS）", en: "signed (JWS)" })}</summary>
                <code>{value.checkpoint}</code>
              </details>
            )}
          </dd>
        </dl>
      </section>
    </>
  );
}
