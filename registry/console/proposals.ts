import { type Connection, first } from "../database.ts";

/** A proposed act that requires two people. */
export interface Proposal {
  id: string;
  statement: string;
  proposedBy: string;
  createdAt: Date;
  doneAt: Date | null;
  approvals: { operator: string; jws: string }[];
}

const columns = `p.id, p.statement, p.proposed_by as "proposedBy", p.created_at as "createdAt", p.done_at as "doneAt",
  coalesce((select jsonb_agg(jsonb_build_object('operator', a.operator, 'jws', a.jws) order by a.created_at)
            from operation_approvals a where a.operation_id = p.id), '[]') as approvals`;

/** False if the id is used. */
export async function addProposal(
  connection: Connection,
  { id, statement, proposedBy }: Pick<Proposal, "id" | "statement" | "proposedBy">,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query(
    `insert into proposed_operations (id, statement, proposed_by, created_at) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [id, statement, proposedBy, now],
  );
  return rowCount === 1;
}

/** Open proposals, oldest first, at most 100. */
export async function openProposals(connection: Connection): Promise<Proposal[]> {
  const { rows } = await connection.query<Proposal>(
    `select ${columns} from proposed_operations p where p.done_at is null order by p.created_at, p.id limit 100`,
  );
  return rows;
}

/** Locks the proposal until the transaction ends. */
export async function lockProposal(connection: Connection, id: string): Promise<Proposal | undefined> {
  await connection.query("select 1 from proposed_operations where id = $1 for update", [id]);
  return first(
    await connection.query<Proposal>(`select ${columns} from proposed_operations p where p.id = $1`, [id]),
  );
}

/** False if this operator, or this key, has already approved it. */
export async function addApproval(
  connection: Connection,
  approval: { id: string; operator: string; keyId: string; jws: string },
  now: Date,
): Promise<boolean> {
  const { rowCount } = await connection.query(
    `insert into operation_approvals (operation_id, operator, key_id, jws, created_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [approval.id, approval.operator, approval.keyId, approval.jws, now],
  );
  return rowCount === 1;
}

export async function finishProposal(connection: Connection, id: string, now: Date): Promise<void> {
  await connection.query("update proposed_operations set done_at = $2 where id = $1 and done_at is null", [
    id,
    now,
  ]);
}
