import type { Logger } from "pino";
import { createCertificateActivities } from "../activities/certificate/activities.ts";
import { createDailyRunActivities } from "../activities/change-detection/daily-run.ts";
import type { ChangeDetectionDeps } from "../activities/change-detection/deps.ts";
import { createRefreshActivities } from "../activities/change-detection/refresh.ts";
import { createConsentActivities } from "../activities/consent/activities.ts";
import { createConsentSweepActivities } from "../activities/consent/sweeps.ts";
import { makeSigner } from "../activities/delivery/security-event-token.ts";
import { webPushChannel } from "../activities/delivery/web-push.ts";
import type { JLis } from "../activities/j-lis/j-lis.ts";
import { createNotificationActivities } from "../activities/notification/activities.ts";
import type { NotificationDeps } from "../activities/notification/deps.ts";
import { pushToPhone, pushToPhones } from "../activities/notification/phones.ts";
import { createPurgeActivities } from "../activities/retention/activities.ts";
import type { Engine } from "../client/engine/engine.ts";
import { type CheckpointStore } from "../domain/audit/checkpoints.ts";
import { StatusRegistry } from "../registry/certificate/status.ts";
import { crlValiditySeconds, publishDueCrls } from "../status/due-crls.ts";
import type { CertificateActivities } from "../workflows/certificate/contract.ts";
import type { ChangeDetectionActivities, RefreshActivities } from "../workflows/change-detection/contract.ts";
import type { ConsentActivities, ConsentStartActivities } from "../workflows/consent/contract.ts";
import type { NotificationActivities } from "../workflows/notification/contract.ts";
import type { Configuration } from "./configuration.ts";
import { durationsOf } from "./durations.ts";
import { lifecycleAnswerMs } from "./issuance-activities.ts";
import { outboundOf } from "./outbound.ts";
import type { AuthorityParts } from "./parts.ts";
import { renewDueRootCrls } from "./root-crls.ts";
import { signalChangedRecord } from "./signal-changed-record.ts";
import type { SigningKey } from "./signing-jwk.ts";
import { statusUrls } from "./status-urls.ts";

export interface LifecycleParts extends AuthorityParts {
  jlis: JLis;
  engine: Engine;
  checkpoints: CheckpointStore;
  auditKey: SigningKey;
  log: Logger;
}

type LifecycleActivities = ConsentActivities &
  Omit<ConsentStartActivities, "grantAtTap"> &
  ChangeDetectionActivities &
  RefreshActivities &
  NotificationActivities &
  CertificateActivities;

/** The activities of consent, change detection and notification. */
export function lifecycleActivities(
  configuration: Configuration,
  parts: LifecycleParts,
): LifecycleActivities {
  const { keys, deliveryKeys, engine } = parts;
  const durations = durationsOf(configuration);
  const outbound = outboundOf(configuration);
  const publicUrl = configuration.KAZASU_PUBLIC_URL.replace(/\/+$/, "");
  const signalConsent = (id: string, version: number) => engine.consent.signalAnchorRefreshed(id, version);
  const notifications: NotificationDeps = {
    ...parts,
    serviceKey: keys.service,
    issuer: configuration.KAZASU_ISSUER,
    publicUrl,
    tokens: makeSigner(deliveryKeys.events, publicUrl, parts.clock),
    outbound,
    durations,
    channels: {
      web: webPushChannel({
        vapid: { subject: configuration.KAZASU_VAPID_SUBJECT, ...deliveryKeys.vapid },
        outbound,
      }),
    },
  };
  const detection: ChangeDetectionDeps = {
    ...parts,
    recognitionKey: keys.recognition,
    durations,
    signalRefresh: (subjectId, hitId) => engine.changeDetection.signalRefresh(subjectId, hitId),
    signalChangedRecord: signalChangedRecord(parts),
  };
  return {
    ...createCertificateActivities({
      ...parts,
      replaceWithinMs: durations.replaceWithinMs,
      askWithinMs: durations.askWithinMs,
      pushToPhones: (...push) => pushToPhones(notifications, ...push),
      pushToPhone: (...push) => pushToPhone(notifications, ...push),
      transmit: (jti) => engine.notification.transmit(jti),
      signalCertificate: (enrolmentId) => engine.certificate.reread(enrolmentId),
      startCampaign: (campaignId) => engine.certificate.startCampaign(campaignId),
      publishDueCrls: () =>
        publishDueCrls({
          ...parts,
          registry: new StatusRegistry(parts.pool),
          crlBase: statusUrls(configuration).crlBase,
          validitySeconds: crlValiditySeconds,
        }),
      renewRootCrls: () => renewDueRootCrls(configuration, { ...parts, passphrase: keys.passphrase }),
    }),
    ...createPurgeActivities({
      ...parts,
      years: {
        certificate: configuration.KAZASU_BOOKS_YEARS,
        evidence: configuration.KAZASU_EVIDENCE_YEARS,
        consent: configuration.KAZASU_CONSENT_YEARS,
      },
      auditKey: parts.auditKey,
    }),
    ...createNotificationActivities(notifications),
    ...createDailyRunActivities(detection),
    ...createRefreshActivities(detection),
    ...createConsentActivities({
      ...notifications,
      jlis: parts.jlis,
      durations,
      transmit: (jti) => engine.notification.transmit(jti),
      pushToPhones: (personId, partyId, content) => pushToPhones(notifications, personId, partyId, content),
    }),
    ...createConsentSweepActivities({
      ...notifications,
      ...parts,
      durations,
      startChange: (change) => engine.consent.change(change, lifecycleAnswerMs),
      signalConsent,
      rereadConsent: (id) => engine.consent.reread(id),
      registerPauseMs: 1_000 / configuration.KAZASU_JLIS_PER_SECOND,
      overdueMs: durations.dayMs,
    }),
  };
}
