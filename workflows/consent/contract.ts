/**
 * The messages of the consent lifecycle. Ids, versions and times only: the content is in the registry.
 *
 * Workflow id: `consent/<consentId>`. One durable actor for each person, party and purpose; it runs until the consent is
 * withdrawn or expires. Only its activities write the consent's row; the row is authoritative, the workflow state is a cache.
 */
export const consent = {
  workflowType: "consent",
  taskQueue: "lifecycles",
  workflowId: (consentId: string): string => `consent/${consentId}`,
  /** Update (with start): decides on a stored change and applies it. */
  change: "change",
  /** Signal: the attribute record has a newer version; the registry is read again before any notification. */
  anchorRefreshed: "anchorRefreshed",
  /** Signal: the row may have changed (withdrawal found at J-LIS): read it again. */
  reread: "reread",
  /** Query. */
  state: "state",
  sweepWorkflowType: "consentSweep",
  sweepSchedule: "consent-sweep",
} as const;

/** Which consent. */
export interface ConsentInput {
  consentId: string;
  /** Carried through continue-as-new. */
  carried?: ConsentView;
}

/** Which change of it. */
export interface ChangeInput {
  /** The signed change, in the registry. */
  changeId: string;
}

export interface AnchorRefreshed {
  version: number;
}

/** The workflow's copy of the row. Times are ISO 8601 UTC. */
export interface ConsentView {
  kind: "register-refresh" | "disclosure" | "link";
  revision: number;
  state: "in-force" | "withdrawn" | "expired";
  validUntil: string;
  remindAt: string;
  /** Disclosure: the newest version of the attribute record, and the newest the person has decided on. */
  currentVersion: number;
  settledVersion: number;
  /** Register-refresh: J-LIS does not hold the consent yet. */
  registerPending: boolean;
  /** Disclosure: events of the consent itself (extended, or given again) are being delivered to the party. */
  announcing?: boolean;
}

/** A change that was refused, and why. */
export interface ConsentRefusal {
  kind: "refused";
  code: "CONSENT_NOT_IN_FORCE" | "CONSENT_REVISION_PASSED" | "MESSAGE_UNTRUSTED" | "NOT_FOUND";
  detail: string;
}

export type ChangeOutcome = { kind: "applied"; view: ConsentView } | ConsentRefusal;

/** The activities of the lifecycle. Each takes ids and is idempotent. */
export interface ConsentActivities {
  /** Applies a stored change to the row (compare revision) and signs the receipt, in one transaction. */
  applyChange(input: ChangeInput): Promise<ChangeOutcome>;
  /** The row as it is; `undefined` when there is none. */
  readConsent(input: { consentId: string }): Promise<ConsentView | undefined>;
  /** Sends the signed consent to J-LIS and records the result. Waits for J-LIS by failing retryably. */
  registerConsent(input: { consentId: string }): Promise<ConsentView>;
  /** Starts the delivery of the consent's own events, each by its own transmission. */
  announceConsent(input: { consentId: string }): Promise<void>;
  /** Ends a consent whose term is over. */
  expireConsent(input: { consentId: string }): Promise<ConsentView>;
  /** Sets the date of the next yearly reminder. */
  scheduleReminder(input: { consentId: string }): Promise<ConsentView>;
  /** Pushes the reminder to every phone of the person. Fails while the push services are unavailable. */
  remindOfConsent(input: { consentId: string }): Promise<void>;
}

/** The activities that follow an issuance, and those of the daily sweep. */
export interface ConsentStartActivities {
  /** Creates changes from what was agreed to at the tap, and sends each to its consent's workflow. */
  grantAtTap(input: { enrolmentId: string }): Promise<void>;
  /** Signals every consent that is behind its person's attribute record, or overdue; returns how many. */
  signalConsentsBehind(): Promise<number>;
  /** Asks J-LIS about the consents it holds and signals those that were withdrawn there; returns how many. */
  sweepRegisterConsents(): Promise<number>;
}

/** The result of a sweep. */
export interface ConsentSweepReport {
  /** Consents behind their attribute record, or overdue, that were signalled. */
  behind: number;
  /** Consents that had been withdrawn at J-LIS. */
  withdrawn: number;
}
