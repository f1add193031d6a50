/**
 * The messages of change detection: what J-LIS revoked, and what became of the person's attributes.
 *
 * The daily run is a Schedule's; `refresh/<subjectId>` waits for one person's new certificate, however long that takes.
 */
export const changeDetection = {
  workflowType: "changeDetection",
  taskQueue: "lifecycles",
  schedule: "change-detection",
  /** Activities that J-LIS bills or limits run on a queue of their own, with its quota as the queue's rate. */
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
  /** The card revocation, in the registry. Neither serial nor reason travels. */
  hitId: string;
}

export interface RefreshOutcome {
  /** The attribute record's version afterwards, where it was read. */
  version?: number;
  /** Whether there is a version that parties are to be notified of. */
  changed: boolean;
}

/** Types of the failures by which a refresh waits. A closed list. */
export const refreshFailures = { notSyncedYet: "NOT_SYNCED_YET" } as const;

/** What the daily run asks of the world. */
export interface ChangeDetectionActivities {
  /** Streams every CRL part, verifies it, and writes what is new of our people as card revocations. Heartbeats; resumes where it was. */
  readCrlParts(): Promise<CrlRunReport>;
  /** Brings each card revocation that waits to its person's refresh by signal-with-start. Heartbeats, paced. Returns how many. */
  dispatchHits(): Promise<number>;
}

/** What one run over the CRL parts came to: counts alone. */
export interface CrlRunReport {
  parts: number;
  /** Parts whose list was refused (an alarm was raised) and whose old state was kept. */
  refused: number;
  entries: number;
  newEntries: number;
  hits: number;
}

/** What a refresh asks of the world. */
export interface RefreshActivities {
  /**
   * What a card revocation asks for, by the table of reasons: fetch the attributes, only link the new card, wait for an operator,
   * or nothing (settled already, or a tap has shown a newer card).
   */
  classifyHit(input: CertificateRevoked): Promise<{ kind: "fetch" | "link" | "operator" | "nothing" }>;
  /**
   * Asks J-LIS for the latest attributes (or only the linkage), compares, writes the record's new version (or another
   * writing of it) and relinks the card. Runs on the register queue. Fails with type NOT_SYNCED_YET and its own next delay while there is no new
   * certificate or no J-LIS: the wait is this activity's retries. A certificate that was revoked meanwhile is a card revocation of
   * its own, found the same way.
   */
  refreshAnchor(input: CertificateRevoked & { mode: "fetch" | "link" }): Promise<RefreshOutcome>;
  /** Signals the person's consents that are behind. */
  tellConsents(input: { subjectId: string }): Promise<void>;
}
