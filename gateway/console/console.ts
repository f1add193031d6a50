import type { Configuration } from "openid-client";
import type { NotificationClient } from "../../client/engine/notification.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import type { OperationDeps } from "../routes/operations.ts";
import type { RoleRule } from "./roles.ts";

/** Everything the operator console works with. */
export interface ConsoleDeps extends OperationDeps, ConsoleParts {
  notification: Pick<NotificationClient, "transmit">;
  limits?: Pick<ProvenLimits, "session">;
  /** A secret of all gateways together: marks browsers that operators have logged in with. None: no browser is known. */
  secret?: Uint8Array;
}

/** What the console needs beyond what the gateway has anyway. */
export interface ConsoleParts {
  settings: ConsoleSettings;
  /** Asked for at each login: the provider's keys and addresses are found when they are needed, not at the start. */
  provider: () => Promise<Configuration>;
  /** The CA's generations, by their public files. */
  generations: () => Promise<GenerationStanding[]>;
  /** The last signed checkpoint of the audit log, a compact JWS. */
  lastCheckpoint: () => Promise<string | undefined>;
  /** Folder of the built page; `undefined` where it was not built. */
  pageFolder: string | undefined;
}

/** A generation of the CA's keys. Times are ISO 8601 UTC. */
export interface GenerationStanding {
  id: string;
  keyStore: string;
  issuesFrom: string;
  /** When the certificates of the root, the issuing CA and the OCSP signer that is valid longest end. */
  rootUntil: string;
  issuingUntil: string;
  ocspSignerUntil: string | null;
}

export interface ConsoleSettings {
  /** Origin that operators' browsers know the console by, without a slash at its end. */
  origin: string;
  roles: RoleRule;
  sessionSeconds: number;
  /** Origin of the Temporal UI and the namespace; no links without it. */
  temporalUi: { url: string; namespace: string } | undefined;
  /** How often the counts are read while somebody looks on, milliseconds. */
  countsMs: number;
}
