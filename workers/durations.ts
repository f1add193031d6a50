import { announcementWindowMs } from "../domain/certificate/effective-times.ts";
import type { Configuration } from "./configuration.ts";

/** Waits of the workflows, milliseconds: the settings, shortened by KAZASU_TIME_SCALE in the test setting. */
export interface Durations {
  /** The yearly reminder of a consent. */
  consentReminderMs: number;
  notificationExpiryMs: number;
  /** The day at whose end a notification expires; at least a minute, whatever the scale. */
  expiryDayMs: number;
  /** When the person is reminded of an open change, after it was opened. */
  notificationRemindersMs: number[];
  deliverWithinMs: number;
  acknowledgeWithinMs: number;
  newCertificatePollMs: number;
  /** How long a certificate stays valid after its attributes have changed. */
  replaceWithinMs: number;
  /** The longest delay before a first enrolment at a party is announced to the person's other phones. */
  announceWithinMs: number;
  /** Period in which each party's app is asked about one change of a person's attributes, at its own random time. */
  askWithinMs: number;
  /** Interval between two attempts while J-LIS is unavailable. */
  registerRetryMs: number;
  /** Period within which the other parties' apps are shown what one party's app did to a consent. */
  shownElsewhereMs: number;
  /** The interval of the sweeps and of change detection. */
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
    shownElsewhereMs: scaled(day),
    dayMs: scaled(day),
  };
}
