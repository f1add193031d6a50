import { createHash, randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Assurance, ShownLogin } from "../../protocol/login.ts";
import type { AttributeName } from "../../protocol/names.ts";
import type { TransactionDetail } from "../../protocol/transaction.ts";
import type { Connection } from "../../registry/database.ts";
import { addLogin, type NewLogin } from "../../registry/login/logins.ts";
import type { Party } from "../../registry/party/parties.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { beginTransaction } from "../transaction/beginning.ts";
import { decoysOf, randomNumber } from "./numbers.ts";

export interface LoginDeps {
  pool: Pool;
  sealer: Sealer;
  clock: () => Date;
  publicUrl: string;
}

/** The time limit of one login, seconds. */
export const loginSeconds = 300;

export interface LoginRequest {
  channel: NewLogin["channel"];
  requestId: string | null;
  party: Party;
  clientId: string;
  /** The person, if known. */
  personId: string | null;
  acr: Assurance;
  reads: AttributeName[];
  /** What the party requests to have signed with the login. */
  transaction?: TransactionDetail | undefined;
  message?: string;
  /** The number on the other screen, where the party shows it. */
  number?: number;
  seconds?: number;
}

/** Begins a login: stores the text to be shown, and the number on the other screen. */
export async function beginLogin(
  connection: Connection,
  { sealer, clock }: Pick<LoginDeps, "sealer" | "clock">,
  request: LoginRequest,
): Promise<NewLogin> {
  const {
    party,
    reads,
    transaction,
    message,
    seconds = loginSeconds,
    number = randomNumber(),
    ...rest
  } = request;
  const id = randomUUID();
  const createdAt = clock();
  const expiresAt = new Date(createdAt.getTime() + seconds * 1000);
  const signed =
    transaction &&
    (await beginTransaction(connection, sealer, {
      detail: transaction,
      party,
      expiresAt,
      clientId: request.clientId,
      now: createdAt,
    }));
  const content: ShownLogin = {
    loginId: id,
    party: { id: party.id, name: party.name },
    acr: request.acr,
    reads,
    ...(message === undefined ? {} : { message }),
    ...(signed ? { transaction: signed.content } : {}),
  };
  const shown = JSON.stringify(content);
  const login: NewLogin = {
    ...rest,
    id,
    partyId: party.id,
    shown,
    shownSha256: createHash("sha256").update(shown).digest("base64url"),
    number,
    decoys: decoysOf(number),
    createdAt,
    expiresAt,
    transactionId: signed?.id ?? null,
  };
  await addLogin(connection, sealer, login);
  return login;
}
