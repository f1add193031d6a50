import type { Configuration } from "openid-client";
import type { NotificationClient } from "../../client/engine/notification.ts";
import type { ProvenLimits } from "../limits/proven-limits.ts";
import type { OperationDeps } from "../routes/operations.ts";
import type { RoleRule } from "./roles.ts";

/** Dependencies of the operator console. */
export interface ConsoleDeps extends OperationDeps, ConsoleParts {
  notification: Pick<NotificationClient, "transmit">;
  limits?: Pick<ProvenLimits, "session">;
  /** A secret shared by all gateways: marks browsers in which operators have logged in. Absent: no browser is recognised. */
  secret?: Uint8Array;
}

/** Dependencies of the console beyond the gateway's own. */
export interface ConsoleParts {
  settings: ConsoleSettings;
  /** Called at each login: the provider's metadata is fetched when needed, not at start. */
  provider: () => Promise<Configuration>;
  /** The CA's generations, from their public files. */
  generations: () => Promise<GenerationStanding[]>;
  /** The last signed checkpoint of the audit log, a compact JWS. */
  lastCheckpoint: () => Promise<string | undefined>;
  /** Folder of the built page; `undefined` if it was not built. */
  pageFolder: string | undefined;
}

/** A generation of the CA. Times are ISO 8601 UTC. */
export interface GenerationStanding {
  id: string;
  keyStore: string;
  issuesFrom: string;
  /** notAfter of the root, of the issuing CA, and of the OCSP signer that is valid longest. */
  rootUntil: string;
  issuingUntil: string;
  ocspSignerUntil: string | null;
}

export interface ConsoleSettings {
  /** Origin of the console for operators' browsers, without a trailing slash. */
  origin: string;
  roles: RoleRule;
  sessionSeconds: number;
  /** Origin of the Temporal UI and the namespace; without it there are no links. */
  temporalUi: { url: string; namespace: string } | undefined;
  /** How often the counts are read while they are being watched, milliseconds. */
  countsMs: number;
}
