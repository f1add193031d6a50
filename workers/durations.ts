import { announcementWindowMs } from "../domain/certificate/effective-times.ts";
import type { Configuration } from "./configuration.ts";

/** How long the lifecycles wait, milliseconds: the settings, played shorter by KAZASU_TIME_SCALE in the test setting. */
export interface Durations {
  /** The yearly reminder of a consent. */
  consentReminderMs: number;
  notificationExpiryMs: number;
  /** The day with whose end a notification ends; no shorter than a minute, however fast it is played. */
  expiryDayMs: number;
  /** When the person is reminded of an open change, after it was opened. */
  notificationRemindersMs: number[];
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
  newCertificatePollMs: number;
  /** How long a certificate whose attributes have changed counts at most. */
  replaceWithinMs: number;
  /** How late a first enrolment at a party is announced to the person's other phones at most. */
  announceWithinMs: number;
  /** Within how long each party's app, at a moment of its own, is asked about one change of a person's attributes. */
  askWithinMs: number;
  /** Between two tries while J-LIS is away. */
  registerRetryMs: number;
  /** Within how long the other parties' apps are shown what one party's app did to a consent. */
  toldElsewhereMs: number;
  /** How often the sweeps and the change detection run. */
  dayMs: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const shortest = 1_000;

export function durationsOf(configuration: Configuration): Durations {
  const scale = configuration.KAZASU_TIME_SCALE ?? 1;
  const scaled = (ms: number): number => Math.max(shortest, Math.round(ms / scale));
  const confirm = configuration.KAZASU_CONFIRM_DAYS * day;
  const ask = configuration.KAZASU_ASK_SPREAD_MINUTES * minute;
  return {
    consentReminderMs: scaled(365 * day),
    notificationExpiryMs: scaled(confirm),
    expiryDayMs: Math.max(minute, scaled(day)),
    notificationRemindersMs: [scaled(confirm / 10), scaled(confirm / 4)],
    deliverWithinMs: scaled(configuration.KAZASU_DELIVERY_DAYS * day),
    acknowledgeWithinMs: scaled(configuration.KAZASU_ACKNOWLEDGE_DAYS * day),
    newCertificatePollMs: scaled(configuration.KAZASU_CERTIFICATE_POLL_HOURS * hour),
    replaceWithinMs: scaled(configuration.KAZASU_REPLACE_HOURS * hour),
    announceWithinMs: scaled(announcementWindowMs),
    askWithinMs: ask === 0 ? 0 : scaled(ask),
    registerRetryMs: scaled(15 * minute),
    toldElsewhereMs: scaled(day),
    dayMs: scaled(day),
  };
}
