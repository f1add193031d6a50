/**
 * The messages of the consent lifecycle. Ids, versions and times only: what they stand for is in the registry.
 *
 * Workflow id: `consent/<consentId>`. One durable actor for each person, party and purpose; it lives until the consent
 * is withdrawn or expires. Only its activities write the consent's row; the row decides, the workflow remembers.
 */
export const consent = {
  workflowType: "consent",
  taskQueue: "lifecycles",
  workflowId: (consentId: string): string => `consent/${consentId}`,
  /** Update (with start): a stored change is decided on and applied. */
  change: "change",
  /** Signal: the attribute record has a newer version; the registry is read again before anyone is notified. */
  anchorRefreshed: "anchorRefreshed",
  /** Signal: the row may have changed (swept withdrawal at J-LIS): read it again. */
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

/** What the workflow remembers of the row. Times are ISO 8601 UTC. */
export interface ConsentView {
  kind: "register-refresh" | "disclosure" | "link";
  revision: number;
  state: "in-force" | "withdrawn" | "expired";
  validUntil: string;
  remindAt: string;
  /** Disclosure: the newest version of the attribute record, and the newest the person has decided about. */
  currentVersion: number;
  settledVersion: number;
  /** Register-refresh: J-LIS does not hold the consent yet. */
  registerPending: boolean;
  /** Disclosure: events of the consent itself (it was widened, or given anew) are on their way to the party. */
  announcing?: boolean;
}

/** A change that was refused, and why. */
export interface ConsentRefusal {
  kind: "refused";
  code: "CONSENT_NOT_IN_FORCE" | "CONSENT_REVISION_PASSED" | "MESSAGE_UNTRUSTED" | "NOT_FOUND";
  detail: string;
}

export type ChangeOutcome = { kind: "applied"; view: ConsentView } | ConsentRefusal;

/** What the lifecycle asks of the world. Each takes ids and is safe to run again. */
export interface ConsentActivities {
  /** Applies a stored change to the row (compare revision) and signs the receipt, in one transaction. */
  applyChange(input: ChangeInput): Promise<ChangeOutcome>;
  /** The row as it is; `undefined` when there is none. */
  readConsent(input: { consentId: string }): Promise<ConsentView | undefined>;
  /** Hands the signed consent to J-LIS and notes what came of it. Waits for J-LIS by failing retryably. */
  registerConsent(input: { consentId: string }): Promise<ConsentView>;
  /** Has the events of the consent itself handed over, each by a transmission of its own. */
  announceConsent(input: { consentId: string }): Promise<void>;
  /** Ends a consent whose term is over. */
  expireConsent(input: { consentId: string }): Promise<ConsentView>;
  /** Sets the date of the next yearly reminder. */
  scheduleReminder(input: { consentId: string }): Promise<ConsentView>;
  /** The reminder itself: a push to every phone of the person. Fails while the push services are away. */
  remindOfConsent(input: { consentId: string }): Promise<void>;
}

/** What issuance asks for when a certificate is out, and the sweep daily. */
export interface ConsentStartActivities {
  /** Makes changes of what was agreed to at the tap, and brings each to its consent's lifecycle. */
  grantAtTap(input: { enrolmentId: string }): Promise<void>;
  /** Signals every consent that is behind its person's attribute record, or overdue; returns how many. */
  signalConsentsBehind(): Promise<number>;
  /** Asks J-LIS about the consents it holds and signals those that were withdrawn there; returns how many. */
  sweepRegisterConsents(): Promise<number>;
}

/** What a sweep found. */
export interface ConsentSweepReport {
  /** Consents behind their attribute record, or overdue, that were signalled. */
  behind: number;
  /** Consents that had been withdrawn at J-LIS. */
  withdrawn: number;
}
