/**
 * The messages of change detection: what J-LIS revoked, and the resulting attributes of the person.
 *
 * The daily run is a Schedule's; `refresh/<subjectId>` waits for one person's new certificate, however long that takes.
 */
export const changeDetection = {
  workflowType: "changeDetection",
  taskQueue: "lifecycles",
  schedule: "change-detection",
  /** Activities that J-LIS bills or limits run on their own task queue, with its quota as the queue's rate limit. */
  registerTaskQueue: "register",
  refreshWorkflowType: "refresh",
  refreshWorkflowId: (subjectId: string): string => `refresh/${subjectId}`,
  /** Signal: a card certificate of the person was revoked. */
  certificateRevoked: "certificateRevoked",
  state: "state",
} as const;

export interface RefreshInput {
  /** The person. */
  subjectId: string;
  /** Card revocations carried through continue-as-new. */
  waiting?: string[];
}

export interface CertificateRevoked {
  /** The card revocation, in the registry. Neither serial nor reason is sent. */
  hitId: string;
}

export interface RefreshOutcome {
  /** The attribute record's version afterwards, if it was read. */
  version?: number;
  /** Whether there is a version that parties are to be notified of. */
  changed: boolean;
}

/** Failure types by which a refresh waits. A closed list. */
export const refreshFailures = { notSyncedYet: "NOT_SYNCED_YET" } as const;

/** The activities of the daily run. */
export interface ChangeDetectionActivities {
  /**
   * Streams every CRL part, verifies it, and stores new entries of our people as card revocations. Heartbeats; resumes where it
   * was.
   */
  readCrlParts(): Promise<CrlRunReport>;
  /** Sends each waiting card revocation to its person's refresh by signal-with-start. Heartbeats, paced. Returns how many. */
  dispatchHits(): Promise<number>;
}

/** Counts of one run over the CRL parts. */
export interface CrlRunReport {
  parts: number;
  /** Parts whose list was refused (an alarm was raised) and whose old state was kept. */
  refused: number;
  entries: number;
  newEntries: number;
  hits: number;
}

/** The activities of a refresh. */
export interface RefreshActivities {
  /**
   * What a card revocation requires, by the table of reasons: fetch the attributes, only link the new card, wait for an
   * operator, or nothing (already settled, or a tap has shown a newer card).
   */
  classifyHit(input: CertificateRevoked): Promise<{ kind: "fetch" | "link" | "operator" | "nothing" }>;
  /**
   * Asks J-LIS for the latest attributes (or only the linkage), compares, writes the record's new version (or another writing
   * of it) and relinks the card. Runs on the register queue. Fails with type NOT_SYNCED_YET and its own next delay while there
   * is no new certificate or J-LIS is unavailable: the activity's retries are the wait. If the new certificate is itself
   * revoked, that is another card revocation, found the same way.
   */
  refreshAnchor(input: CertificateRevoked & { mode: "fetch" | "link" }): Promise<RefreshOutcome>;
  /** Signals the person's consents that are behind. */
  tellConsents(input: { subjectId: string }): Promise<void>;
}
