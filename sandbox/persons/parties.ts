import type { Pool } from "pg";
import { z } from "zod";
import { partyRegistration } from "../../domain/party/registering.ts";
import { readLoginLink } from "../../protocol/login.ts";
import { registeredName } from "../../protocol/names.ts";
import { openDatabase } from "../../registry/database.ts";
import { findLogin } from "../../registry/login/logins.ts";
import { findParty, type Party } from "../../registry/party/parties.ts";
import { isLocalReceiver } from "../../workers/outbound.ts";
import { addParty } from "../../workers/register-party.ts";
import { SandboxRefusal } from "../control/refusal.ts";

/** An operator's registration of a party (`kazasu party add`), with defaults for a first test. */
const order = z.looseObject({
  id: registeredName,
  app: registeredName.optional(),
  attestation: partyRegistration.shape.attestation.default("optional"),
  /** The client's public keys; without them and `jwksUri` the party has only an app. */
  jwks: z.unknown().optional(),
});

/** Where the sandbox reads and writes what an operator does elsewhere. */
export class Parties {
  readonly #pool: Pool;

  /** @param database postgres:// URL of the registry */
  constructor(database: string) {
    this.#pool = openDatabase(database, { max: 1 });
  }

  /**
   * Registers or updates a party, its app and its client, as an operator does elsewhere.
   * @throws ZodError; PartyRefused
   */
  async register(body: unknown): Promise<{ partyId: string; clientId?: string; app: string }> {
    const { jwks, ...said } = order.parse(body);
    const app = said.app ?? `${said.id}-app`;
    const asked = { ...said, app } as z.input<typeof partyRegistration>;
    return { ...(await addParty(this.#pool, asked, jwks, { allow: isLocalReceiver })), app };
  }

  /** The party that a login's link is for. Throws a {@link SandboxRefusal} if the link is of no open login. */
  async ofLogin(link: string, gateway: string): Promise<Party> {
    const named = readLoginLink(link, gateway);
    const login = named && (await findLogin(this.#pool, named.loginId));
    const party = login && (await findParty(this.#pool, login.partyId));
    if (!party) throw new SandboxRefusal("NO_SUCH_LOGIN");
    return party;
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
