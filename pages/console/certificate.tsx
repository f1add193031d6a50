import { Loading, Refusal } from "../frame/frame.tsx";
import { useWords } from "../frame/language.tsx";
import { useAsked } from "../frame/live.ts";
import { Id, PersonId, State, Temporal, Time } from "./cells.tsx";
import { useCounts } from "./counts.ts";
import { ask } from "./session.ts";

interface Found {
  serial: string;
  enrolmentId: string;
  personId: string;
  profile: string;
  generation: string;
  notBefore: string | null;
  notAfter: string | null;
  status: string;
  revokedAt: string | null;
  effectiveAt: string | null;
  reason: string | null;
  temporal: string | null;
}

/** One certificate, and its state. */
export function Certificate({ serial }: { serial: string }) {
  const say = useWords();
  const { tick } = useCounts();
  const { value, problem } = useAsked(
    () => ask<Found>(`/certificates/${encodeURIComponent(serial)}`),
    serial,
    tick,
  );
  if (!value) return problem ? <Refusal problem={problem} /> : <Loading />;
  return (
    <section>
      <h2>{say({ ja: "証明書", en: "Certificate" })}</h2>
      <Refusal problem={problem} />
      <dl>
        <dt>{say({ ja: "シリアル番号", en: "Serial" })}</dt>
        <dd>
          <code>{value.serial}</code>
        </dd>
        <dt>{say({ ja: "状態", en: "Status" })}</dt>
        <dd data-value="status">
          <State state={value.status} />
        </dd>
        <dt>{say({ ja: "プロファイル・世代", en: "Profile, generation" })}</dt>
        <dd>
          {value.profile}, {value.generation}
        </dd>
        <dt>{say({ ja: "有効期間", en: "Valid" })}</dt>
        <dd>
          <Time at={value.notBefore} /> – <Time at={value.notAfter} />
        </dd>
        {value.revokedAt !== null && (
          <>
            <dt>{say({ ja: "失効", en: "Revoked" })}</dt>
            <dd>
              <Time at={value.revokedAt} /> ({value.reason})
            </dd>
            <dt>{say({ ja: "失効の効力発生", en: "Revocation takes effect" })}</dt>
            <dd>
              <Time at={value.effectiveAt} />
            </dd>
          </>
        )}
        <dt>{say({ ja: "本人・登録", en: "Person, enrolment" })}</dt>
        <dd>
          <PersonId id={value.personId} />, <Id id={value.enrolmentId} />
        </dd>
        <dt>{say({ ja: "実行", en: "Run" })}</dt>
        <dd>
          <Temporal href={value.temporal} />
        </dd>
      </dl>
    </section>
  );
}
