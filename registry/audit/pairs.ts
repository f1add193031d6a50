import { type Act, recordedActs } from "./lines.ts";
import type { PurgedKind } from "./purges.ts";

/**
 * Rows of an act and their audit lines, matched by a key. As SQL over `public`, written out: a view in the database could be
 * altered together with the rows.
 */
export interface Pair {
  /** The name of the rows in a verification report. */
  name: string;
  /** The tables that the rows are read from. */
  tables: readonly string[];
  /** `key` and `at` (the time of the act) of each row. */
  rows: string;
  acts: readonly Act[];
  /** The key of a line `l`. */
  line: string;
  /** Restricts the lines. */
  where?: string;
  /**
   * `row`: each row has its line. `line`: each line has its row. A line can prove a missing row only if the row is kept as long
   * as its line, or if its purge is recorded.
   */
  holds: "row" | "line" | "both";
  /** How a purge record names the row of a line. */
  purged?: { what: PurgedKind; key: string };
}

const serial = { what: "certificates", key: "l.detail->>'serial'" } as const;
const subject = "l.subject";
/** Lines that name the consent of their row; empty if it has none. Lines of older versions do not name it. */
const underConsent = { what: "consents", key: "l.detail->>'consentId'" } as const;
const saysConsent = "l.detail ? 'consentId'";

/** Every act with both a row and a line. The others are in `domain/audit/unpaired.ts`, with the reason. */
export const pairs = [
  {
    name: "enrolment",
    tables: ["enrolments", "applications", "evidence"],
    rows: `select e.id || '/' || v.id as key, e.created_at as at from public.enrolments e
           join public.applications a on a.enrolment_id = e.id join public.evidence v on v.id = a.evidence_id`,
    acts: ["application-accepted"],
    line: "l.subject || '/' || (l.detail->>'evidenceId')",
    holds: "both",
  },
  {
    name: "owner of an enrolment",
    tables: ["enrolments"],
    rows: `select id || '/' || person_id || '/' || party_id || '/' || spki_sha256 as key, created_at as at
           from public.enrolments`,
    acts: ["application-accepted"],
    line: "l.subject || '/' || (l.detail->>'personId') || '/' || (l.detail->>'partyId') || '/' || (l.detail->>'key')",
    // Earlier lines do not contain it.
    where: "l.detail ? 'personId'",
    holds: "line",
  },
  {
    name: "refused application",
    tables: ["applications"],
    rows: "select enrolment_id::text as key, created_at as at from public.applications where refusal is not null",
    acts: ["application-refused"],
    line: subject,
    holds: "both",
  },
  {
    name: "end of an enrolment",
    tables: ["enrolments"],
    rows: `select id::text as key, created_at as at from public.enrolments where state not in ('applied', 'active')`,
    acts: ["enrolment-ended"],
    line: subject,
    holds: "line",
  },
  {
    name: "intent",
    tables: ["issuance_intents"],
    rows: `select enrolment_id || '/' || id || '/' || serial as key, created_at as at from public.issuance_intents`,
    acts: ["issuance-intended"],
    line: "l.subject || '/' || (l.detail->>'intentId') || '/' || (l.detail->>'serial')",
    holds: "both",
    purged: serial,
  },
  {
    name: "certificate",
    tables: ["certificates"],
    rows: `select enrolment_id || '/' || id || '/' || serial as key, issued_at as at from public.certificates`,
    acts: ["certificate-issued"],
    line: "l.subject || '/' || (l.detail->>'intentId') || '/' || (l.detail->>'serial')",
    holds: "both",
    purged: serial,
  },
  {
    name: "certificate's bytes",
    tables: ["certificates"],
    rows: `select serial || '/' || encode(sha256(der), 'hex') as key, issued_at as at from public.certificates`,
    acts: ["certificate-issued"],
    line: "(l.detail->>'serial') || '/' || (l.detail->>'sha256')",
    // Lines of older versions do not have it.
    where: "l.detail ? 'sha256'",
    holds: "line",
    purged: serial,
  },
  {
    name: "revocation",
    tables: ["revocations", "issuance_intents"],
    rows: `select i.enrolment_id || '/' || r.serial as key, r.revoked_at as at
           from public.revocations r join public.issuance_intents i on i.serial = r.serial`,
    acts: ["certificate-revoked"],
    line: "l.subject || '/' || (l.detail->>'serial')",
    holds: "both",
    purged: serial,
  },
  {
    name: "reason of a revocation",
    tables: ["revocations"],
    rows: "select serial || '/' || reason as key, revoked_at as at from public.revocations",
    acts: ["certificate-revoked", "revocation-brought-forward"],
    line: "(l.detail->>'serial') || '/' || (l.detail->>'reason')",
    holds: "row",
  },
  {
    name: "effective time of a revocation",
    tables: ["revocations", "issuance_intents"],
    // The earliest time in its lines, and the CRL of its certificate; earlier lines do not contain them.
    rows: `select r.serial || '/' || s.said as key, r.revoked_at as at
           from (select l.detail->>'serial' as serial, l.detail->>'effectiveAt' as said,
                   min((l.detail->>'effectiveAt')::bigint) over each as least,
                   bool_and(l.detail ? 'effectiveAt') over each as all_say
                 from public.audit_lines l where l.act in ('certificate-revoked', 'revocation-brought-forward')
                 window each as (partition by l.detail->>'serial')) s
             join public.revocations r on r.serial = s.serial
             join public.issuance_intents i on i.serial = r.serial and i.generation = r.generation and i.crl_shard = r.crl_shard
           where floor(extract(epoch from r.effective_at)) = s.least
             or (not s.all_say and floor(extract(epoch from r.effective_at)) < s.least)`,
    acts: ["certificate-revoked", "revocation-brought-forward"],
    line: "(l.detail->>'serial') || '/' || (l.detail->>'effectiveAt')",
    where: "l.detail ? 'effectiveAt'",
    holds: "line",
    purged: serial,
  },
  {
    name: "revocation request",
    tables: ["revocation_requests"],
    rows: "select id::text as key, created_at as at from public.revocation_requests",
    acts: ["revocation-requested"],
    line: subject,
    holds: "both",
  },
  {
    name: "blocked key",
    tables: ["blocked_keys"],
    rows: "select spki_sha256 as key, created_at as at from public.blocked_keys",
    acts: ["key-blocked"],
    line: subject,
    holds: "both",
  },
  {
    name: "stopped phone",
    tables: ["frozen_enrolments"],
    rows: "select enrolment_id::text as key, frozen_at as at from public.frozen_enrolments",
    acts: ["enrolment-frozen"],
    line: subject,
    holds: "row",
  },
  {
    name: "stopped phone",
    tables: ["frozen_enrolments", "certificates"],
    // Destroyed with its certificate's records.
    rows: `select e.id::text as key, e.created_at as at from public.enrolments e
           where exists (select 1 from public.frozen_enrolments f where f.enrolment_id = e.id)
             or not exists (select 1 from public.certificates c where c.enrolment_id = e.id)`,
    acts: ["enrolment-frozen"],
    line: subject,
    holds: "line",
  },
  {
    name: "current state of a consent",
    tables: ["consents"],
    rows: `select id || '/' || revision || '/' || state as key, coalesce(ended_at, valid_from) as at
           from public.consents`,
    acts: ["consent-changed", "consent-expired"],
    line: `l.subject || '/' || (l.detail->>'revision') || '/' || case when l.act = 'consent-expired' then 'expired'
             when l.detail->>'act' = 'withdraw' then 'withdrawn' else 'in-force' end`,
    holds: "row",
  },
  {
    name: "revision of a consent",
    tables: ["consents"],
    rows: `select c.id || '/' || n as key, c.created_at as at
           from public.consents c cross join generate_series(1, c.revision) n`,
    acts: ["consent-changed", "consent-expired"],
    line: "l.subject || '/' || (l.detail->>'revision')",
    holds: "line",
    purged: { what: "consents", key: subject },
  },
  {
    name: "change of a consent",
    tables: ["consent_changes"],
    rows: `select consent_id || '/' || revision || '/' || act as key, received_at as at from public.consent_changes
           where outcome = 'applied'`,
    acts: ["consent-changed"],
    line: "l.subject || '/' || (l.detail->>'revision') || '/' || (l.detail->>'act')",
    holds: "both",
    purged: { what: "consents", key: subject },
  },
  {
    name: "scope of a consent",
    tables: ["consents", "consent_changes"],
    // The newest revision is in the consent's row, earlier ones are in their changes.
    rows: `select c.id || '/' || c.revision || '/' || c.person_id || '/' || coalesce(c.party_id, '') || '/'
             || array_to_string(c.attributes, ',') as key, c.created_at as at from public.consents c
           union all
           select h.consent_id || '/' || h.revision || '/' || h.person_id || '/' || coalesce(h.party_id, '') || '/'
             || array_to_string(h.attributes, ',') as key, h.received_at as at
           from public.consent_changes h join public.consents c on c.id = h.consent_id
           where h.outcome = 'applied' and h.revision < c.revision`,
    acts: ["consent-changed"],
    line: `l.subject || '/' || (l.detail->>'revision') || '/' || (l.detail->>'personId') || '/' || (l.detail->>'partyId')
             || '/' || (l.detail->>'attributes')`,
    // A withdrawal covers nothing; earlier lines do not contain it.
    where: "l.detail ? 'attributes'",
    holds: "line",
    purged: { what: "consents", key: subject },
  },
  {
    name: "party views of a change of a consent",
    tables: ["consent_views", "consent_view_lines"],
    rows: `select v.consent_id || '/' || s.consent_revision || '/' || count(*) as key, min(s.due_at) as at
           from public.consent_view_lines s join public.consent_views v on v.name = s.name
           where s.change_id is not null group by v.consent_id, s.consent_revision`,
    acts: ["consent-changed"],
    line: "l.subject || '/' || (l.detail->>'revision') || '/' || (l.detail->>'parties')",
    // A consent between a person and one party has no other views; lines of older versions do not have the number of parties.
    where: "l.detail ? 'parties'",
    holds: "line",
    purged: { what: "consents", key: subject },
  },
  {
    name: "refused change of a consent",
    tables: ["consent_changes"],
    rows: `select id || '/' || outcome as key, received_at as at from public.consent_changes
           where outcome is not null and outcome <> 'applied'`,
    acts: ["consent-change-refused"],
    line: "(l.detail->>'changeId') || '/' || (l.detail->>'code')",
    holds: "row",
  },
  {
    name: "version of the attribute record, by the card",
    tables: ["anchors"],
    rows: `select evidence_id::text as key, created_at as at from public.anchors where source = 'card'`,
    acts: ["application-accepted"],
    line: "l.detail->>'evidenceId'",
    holds: "row",
  },
  {
    name: "version of the attribute record, by J-LIS",
    tables: ["anchors"],
    rows: `select person_id || '/' || version as key, created_at as at from public.anchors where source = 'j-lis'`,
    acts: ["anchor-refreshed"],
    line: "l.subject || '/' || (l.detail->>'version')",
    holds: "row",
  },
  {
    name: "version of the attribute record",
    tables: ["anchors"],
    rows: "select person_id || '/' || version as key, created_at as at from public.anchors",
    acts: ["anchor-refreshed"],
    line: "l.subject || '/' || (l.detail->>'version')",
    holds: "line",
  },
  {
    name: "writing of the attribute record",
    tables: ["anchor_writings"],
    rows: `select person_id || '/' || version || '/' || writing || '/' || source as key, created_at as at
           from public.anchor_writings`,
    acts: ["writing-added"],
    line: `l.subject || '/' || (l.detail->>'version') || '/' || (l.detail->>'writing') || '/' || (l.detail->>'source')`,
    holds: "both",
  },
  {
    name: "notification",
    tables: ["notifications"],
    rows: "select id::text as key, created_at as at from public.notifications",
    acts: ["notification-opened"],
    line: subject,
    holds: "both",
    purged: underConsent,
  },
  {
    name: "end of a notification",
    tables: ["notifications"],
    rows: `select id || '/' || state as key, created_at as at from public.notifications where state <> 'open'`,
    acts: ["notification-answered", "notification-closed"],
    line: "l.subject || '/' || (l.detail->>'state')",
    holds: "row",
  },
  {
    name: "end of a notification",
    tables: ["notifications"],
    rows: "select id || '/' || state as key, created_at as at from public.notifications",
    acts: ["notification-answered", "notification-closed"],
    line: "l.subject || '/' || (l.detail->>'state')",
    where: saysConsent,
    holds: "line",
    purged: underConsent,
  },
  {
    name: "acknowledgement",
    tables: ["notifications"],
    rows: `select id || '/' || (acknowledgement->>'outcome') as key, acknowledged_at as at from public.notifications
           where acknowledgement is not null`,
    acts: ["notification-acknowledged"],
    line: "l.subject || '/' || (l.detail->>'outcome')",
    holds: "row",
  },
  {
    name: "acknowledgement",
    tables: ["notifications"],
    rows: `select id || '/' || (acknowledgement->>'outcome') as key, acknowledged_at as at from public.notifications`,
    acts: ["notification-acknowledged"],
    line: "l.subject || '/' || (l.detail->>'outcome')",
    where: saysConsent,
    holds: "line",
    purged: underConsent,
  },
  {
    name: "delivered event",
    tables: ["security_events"],
    rows: "select jti::text as key, delivered_at as at from public.security_events where state = 'delivered'",
    acts: ["event-delivered"],
    line: subject,
    holds: "row",
  },
  {
    name: "delivered event",
    tables: ["security_events"],
    // Delivered at some time: it may be on its way again.
    rows: "select jti::text as key, delivered_at as at from public.security_events where delivered_at is not null",
    acts: ["event-delivered"],
    line: subject,
    where: saysConsent,
    holds: "line",
    purged: underConsent,
  },
  {
    name: "event",
    tables: ["security_events"],
    // Dead-lettered at some time, whatever its state now.
    rows: "select jti::text as key, created_at as at from public.security_events",
    acts: ["event-dead-lettered"],
    line: subject,
    where: saysConsent,
    holds: "line",
    purged: underConsent,
  },
  {
    name: "dead-lettered event",
    tables: ["security_events"],
    rows: "select jti::text as key, created_at as at from public.security_events where state = 'dead-lettered'",
    acts: ["event-dead-lettered"],
    line: subject,
    holds: "row",
  },
  {
    name: "read of attributes",
    tables: ["attribute_reads"],
    rows: `select consent_id || '/' || party_id || '/' || version as key, read_at as at from public.attribute_reads
           where cardinality(attributes) > 0`,
    acts: ["attributes-disclosed"],
    line: "l.subject || '/' || (l.detail->>'partyId') || '/' || (l.detail->>'version')",
    holds: "row",
  },
  {
    name: "read of attributes",
    tables: ["attribute_reads"],
    rows: `select id || '/' || consent_id || '/' || party_id || '/' || version as key, read_at as at
           from public.attribute_reads`,
    acts: ["attributes-disclosed"],
    line: "(l.detail->>'read') || '/' || l.subject || '/' || (l.detail->>'partyId') || '/' || (l.detail->>'version')",
    // Lines of older versions do not distinguish equal reads.
    where: "l.detail ? 'read'",
    holds: "line",
    purged: { what: "consents", key: subject },
  },
  {
    name: "attributes read",
    tables: ["attribute_reads"],
    rows: "select id || '/' || array_to_string(attributes, ',') as key, read_at as at from public.attribute_reads",
    acts: ["attributes-disclosed"],
    line: "(l.detail->>'read') || '/' || (l.detail->>'attributes')",
    where: "l.detail ? 'attributes'",
    holds: "line",
    purged: { what: "consents", key: subject },
  },
  {
    name: "answered login",
    tables: ["logins"],
    rows: `select id || '/' || case state when 'finished' then 'approved' else state end as key, answered_at as at
           from public.logins where state <> 'open'`,
    acts: ["login-approved", "login-declined", "login-refused"],
    line: "l.subject || '/' || substr(l.act, 7)",
    holds: "row",
  },
  {
    name: "signed transaction",
    tables: ["transactions"],
    rows: `select id || '/' || party_id || '/' || enrolment_id as key, decided_at as at from public.transactions
           where state = 'signed'`,
    acts: ["transaction-signed"],
    line: "l.subject || '/' || (l.detail->>'partyId') || '/' || (l.detail->>'enrolmentId')",
    holds: "both",
  },
  {
    name: "link request",
    tables: ["link_requests"],
    rows: "select receiving_id::text as key, created_at as at from public.link_requests",
    acts: ["link-asked-for"],
    line: subject,
    holds: "both",
    purged: { what: "link-requests", key: subject },
  },
  {
    name: "declined link request",
    tables: ["link_requests"],
    rows: "select giving_id::text as key, closed_at as at from public.link_requests where state = 'declined'",
    acts: ["link-request-declined"],
    line: subject,
    // Its purge names it by the other party's id.
    holds: "row",
  },
  {
    name: "withdrawn link request",
    tables: ["link_requests"],
    rows: "select receiving_id::text as key, closed_at as at from public.link_requests where state = 'taken-back'",
    acts: ["link-request-taken-back"],
    line: subject,
    holds: "both",
    purged: { what: "link-requests", key: subject },
  },
  {
    name: "visit of the person page",
    tables: ["page_visits"],
    rows: "select id::text as key, answered_at as at from public.page_visits where state = 'finished' and act = 'log-in'",
    acts: ["page-opened"],
    line: subject,
    holds: "both",
    purged: { what: "page-visits", key: subject },
  },
  {
    name: "link granted on the person page",
    tables: ["page_visits"],
    rows: `select id::text as key, answered_at as at from public.page_visits
           where state = 'finished' and act = 'grant-link'`,
    acts: ["page-link-granted"],
    line: "l.detail->>'visit'",
    holds: "both",
    purged: { what: "page-visits", key: "l.detail->>'visit'" },
  },
  {
    name: "request for erasure",
    tables: ["erasure_requests"],
    rows: "select id::text as key, asked_at as at from public.erasure_requests",
    acts: ["erasure-asked"],
    line: subject,
    holds: "both",
    purged: { what: "erasure-requests", key: subject },
  },
  {
    name: "closed request for erasure",
    tables: ["erasure_requests"],
    rows: "select id || '/' || state as key, closed_at as at from public.erasure_requests where state <> 'open'",
    acts: ["erasure-taken-back", "erasure-done", "erasure-declined"],
    line: "l.subject || '/' || substr(l.act, 9)",
    holds: "both",
    purged: { what: "erasure-requests", key: subject },
  },
  {
    name: "expiry of a certificate",
    tables: ["certificate_notices"],
    rows: `select enrolment_id::text as key, created_at as at from public.certificate_notices where kind = 'expired'`,
    acts: ["certificate-expired"],
    line: subject,
    holds: "row",
  },
  {
    name: "expiry of a certificate",
    tables: ["certificate_notices", "certificates"],
    // Destroyed with its certificate's records.
    rows: `select e.id::text as key, e.created_at as at from public.enrolments e
           where exists (select 1 from public.certificate_notices n where n.enrolment_id = e.id and n.kind = 'expired')
             or not exists (select 1 from public.certificates c where c.enrolment_id = e.id)`,
    acts: ["certificate-expired"],
    line: subject,
    holds: "line",
  },
  {
    name: "campaign",
    tables: ["campaigns"],
    rows: "select id::text as key, started_at as at from public.campaigns",
    acts: ["campaign-started"],
    line: subject,
    holds: "both",
  },
  {
    name: "end of a campaign",
    tables: ["campaigns"],
    rows: "select id::text as key, ended_at as at from public.campaigns where ended_at is not null",
    acts: ["campaign-ended"],
    line: subject,
    holds: "both",
  },
  {
    name: "proposed operation",
    tables: ["proposed_operations"],
    rows: "select id || '/' || proposed_by as key, created_at as at from public.proposed_operations",
    acts: ["operation-proposed"],
    line: "l.subject || '/' || (l.detail->>'by')",
    holds: "both",
  },
  {
    name: "approval of an operation",
    tables: ["operation_approvals"],
    rows: `select operation_id || '/' || operator || '/' || key_id as key, created_at as at
           from public.operation_approvals`,
    acts: ["operation-approval-given"],
    line: "l.subject || '/' || (l.detail->>'by') || '/' || (l.detail->>'key')",
    holds: "both",
  },
  {
    name: "executed operation",
    tables: ["proposed_operations"],
    rows: "select id::text as key, done_at as at from public.proposed_operations where done_at is not null",
    acts: ["operation-approved", "campaign-started"],
    line: subject,
    holds: "row",
  },
  {
    name: "session of an operator",
    tables: ["operator_sessions"],
    rows: "select operator as key, created_at as at from public.operator_sessions",
    acts: ["operator-logged-in"],
    line: subject,
    holds: "row",
  },
  {
    name: "act without another row",
    tables: ["recorded_acts"],
    rows: "select id || '/' || act || '/' || subject as key, at from public.recorded_acts",
    acts: recordedActs,
    line: "(l.detail->>'row') || '/' || l.act || '/' || l.subject",
    // Lines of older versions name no row.
    where: "l.detail ? 'row'",
    holds: "both",
  },
  {
    name: "party",
    tables: ["parties"],
    // The sandbox's parties are seeded, which is not an act.
    rows: "select id as key, created_at as at from public.parties",
    acts: ["party-registered"],
    line: subject,
    holds: "line",
  },
  {
    name: "purge",
    tables: ["purges"],
    rows: "select id || '/' || what || '/' || count || '/' || digest as key, purged_at as at from public.purges",
    acts: ["records-purged"],
    line: `l.subject || '/' || (l.detail->>'what') || '/' || (l.detail->>'count') || '/' || (l.detail->>'digest')`,
    holds: "both",
  },
] as const satisfies readonly Pair[];

/** Acts with both a line and a row. */
export type Paired = (typeof pairs)[number]["acts"][number];
