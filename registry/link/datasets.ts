import type { LinkDataset, LinkTerms } from "../../protocol/link.ts";
import { type Connection, first } from "../database.ts";

/** Terms of a link in the words registered by the giving party: in Japanese and in English. */
export interface RegisteredTerms extends LinkTerms {
  inEnglish: Pick<LinkTerms, "dataset" | "purpose">;
}

/** SQL for a text in both languages; only in the app's words if it is older than the registered lists. */
export const inBoth = (column: string): string =>
  `jsonb_build_object('ja', ${column}, 'en', coalesce(${column}_en, ${column}))`;

/** SQL: whether the giving party has registered the words of a row of links or requests. */
export const isRegistered = (alias: string): string =>
  `exists (select 1 from link_datasets d where d.party_id = ${alias}.from_party_id
     and ((d.dataset_ja = ${alias}.dataset and d.purpose_ja = ${alias}.purpose)
       or (d.dataset_en = ${alias}.dataset and d.purpose_en = ${alias}.purpose)))`;

/** Replaces the datasets that a party may give. Links in force are unchanged. */
export async function registerDatasets(
  connection: Connection,
  partyId: string,
  datasets: readonly LinkDataset[],
): Promise<void> {
  await connection.query("delete from link_datasets where party_id = $1", [partyId]);
  for (const { dataset, purpose } of datasets)
    await connection.query(
      `insert into link_datasets (party_id, dataset_ja, dataset_en, purpose_ja, purpose_en)
       values ($1, $2, $3, $4, $5)`,
      [partyId, dataset.ja, dataset.en, purpose.ja, purpose.en],
    );
}

/** What a party may give. */
export async function datasetsOf(connection: Connection, partyId: string): Promise<LinkDataset[]> {
  const { rows } = await connection.query<LinkDataset>({
    name: "link-datasets-of",
    text: `select jsonb_build_object('ja', dataset_ja, 'en', dataset_en) as dataset,
             jsonb_build_object('ja', purpose_ja, 'en', purpose_en) as purpose
           from link_datasets where party_id = $1 order by dataset_ja`,
    values: [partyId],
  });
  return rows;
}

/**
 * The registered terms that match these, in Japanese or in English; `undefined` if the giving party has not registered such
 * words.
 */
export async function findRegisteredTerms(
  connection: Connection,
  { from, to, dataset, purpose }: LinkTerms,
): Promise<RegisteredTerms | undefined> {
  const found = first(
    await connection.query<LinkDataset>({
      name: "find-link-dataset",
      text: `select jsonb_build_object('ja', dataset_ja, 'en', dataset_en) as dataset,
               jsonb_build_object('ja', purpose_ja, 'en', purpose_en) as purpose
             from link_datasets where party_id = $1
               and ((dataset_ja = $2 and purpose_ja = $3) or (dataset_en = $2 and purpose_en = $3))`,
      values: [from, dataset, purpose],
    }),
  );
  if (!found) return undefined;
  const { dataset: named, purpose: why } = found;
  return {
    from,
    to,
    dataset: named.ja,
    purpose: why.ja,
    inEnglish: { dataset: named.en, purpose: why.en },
  };
}
