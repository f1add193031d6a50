import { randomUUID } from "node:crypto";
import { generateKeyPair } from "jose";
import type { Pool } from "pg";
import { EndpointUnreachable, type Outbound } from "../../../activities/delivery/outbound.ts";
import type { PushChannel } from "../../../activities/delivery/push.ts";
import { makeSigner } from "../../../activities/delivery/security-event-token.ts";
import { createNotificationActivities } from "../../../activities/notification/activities.ts";
import type { NotificationDeps } from "../../../activities/notification/deps.ts";
import { readShown } from "../../../domain/notification/shown-change.ts";
import { sha256, utf8 } from "../../../protocol/encoding.ts";
import { eventTypes } from "../../../protocol/events.ts";
import { lockDisclosure } from "../../../registry/consent/disclosures.ts";
import { storeAnswer } from "../../../registry/notification/answers.ts";
import { findNotification } from "../../../registry/notification/notifications.ts";
import { createStream } from "../../../registry/notification/streams.ts";
import type { NotificationView } from "../../../workflows/notification/contract.ts";
import { day, issuer, type Person, sealer } from "./people.ts";

/** The activities on a real registry, with a party and a push service that the test plays. */
export async function makeWorld(pool: Pool) {
  const [service, es256, rs256] = await Promise.all([
    generateKeyPair("ES256"),
    generateKeyPair("ES256"),
    generateKeyPair("RS256"),
  ]);
  const received: string[] = [];
  const pushed: { endpoint: string; content: Record<string, string> }[] = [];
  const plays: {
    party: number | "unavailable" | "refuses";
    push: "sent" | "gone" | "unavailable";
    now: Date;
  } = {
    party: 202,
    push: "sent",
    now: new Date(),
  };
  const outbound: Outbound = {
    async post(_url, { body }) {
      if (plays.party === "unavailable") throw new EndpointUnreachable("unavailable");
      if (plays.party === "refuses")
        return { status: 400, headers: {}, body: Buffer.from('{"err":"invalid_request"}') };
      if (plays.party === 202) received.push(Buffer.from(body).toString());
      return { status: plays.party, headers: { "retry-after": "7" }, body: Buffer.alloc(0) };
    },
  };
  const web: PushChannel = {
    async send(address, payload) {
      if (plays.push === "unavailable") throw new Error("503");
      if (plays.push === "sent")
        pushed.push({
          endpoint: address.kind === "web" ? address.endpoint : "",
          content: JSON.parse(Buffer.from(payload).toString()),
        });
      return { kind: plays.push };
    },
  };
  const deps: NotificationDeps = {
    pool,
    sealer,
    channels: { web },
    serviceKey: { kid: "service", privateKey: service.privateKey },
    issuer,
    publicUrl: issuer,
    tokens: makeSigner(
      {
        ES256: { kid: "es", privateKey: es256.privateKey },
        RS256: { kid: "rs", privateKey: rs256.privateKey },
      },
      issuer,
    ),
    outbound,
    clock: () => plays.now,
    durations: {
      notificationExpiryMs: 30 * day,
      notificationRemindersMs: [3 * day, 7 * day],
      deliverWithinMs: 7 * day,
      acknowledgeWithinMs: 7 * day,
      askWithinMs: 0,
      expiryDayMs: day,
    },
  };
  const activities = createNotificationActivities(deps);

  /** Opens the person's notification of a version; fails where nothing has changed. */
  const opened = async (person: Person, version = 2): Promise<NotificationView> => {
    const view = await activities.openNotification({ consentId: person.consentId, version });
    if ("kind" in view) throw new Error("Nothing has changed.");
    return view;
  };
  /** The digest of what the person is shown now. */
  const shownDigest = async (notificationId: string): Promise<string> => {
    const row = (await findNotification(pool, notificationId))!;
    const consent = (await lockDisclosure(pool, row.consentId, "share", plays.now))!;
    return sha256(utf8((await readShown(pool, sealer, row, consent.attributes))!));
  };
  /** Stores a signed answer, as the gateway does. */
  const stored = async (
    { phone }: Pick<Person, "phone">,
    notificationId: string,
    more: { decision?: "confirm" | "decline"; shownSha256?: string; digest?: string } = {},
  ): Promise<{ notificationId: string; answerId: string }> => {
    const { decision = "confirm", digest = randomUUID() } = more;
    const shownSha256 = more.shownSha256 ?? (await shownDigest(notificationId));
    const answer = { notificationId, enrolmentId: phone.enrolmentId, decision, shownSha256, digest };
    return {
      notificationId,
      answerId: (await storeAnswer(pool, sealer, { ...answer, jws: "signed" })).id,
    };
  };
  /** Opens and confirms a version; returns its event. */
  const confirmed = async (person: Person, version = 2): Promise<{ notificationId: string; jti: string }> => {
    const { notificationId } = await opened(person, version);
    const outcome = await activities.recordAnswer(await stored(person, notificationId));
    if (outcome.kind !== "confirmed") throw new Error(`The answer was not taken: ${JSON.stringify(outcome)}`);
    return { notificationId, jti: (await activities.readNotification({ notificationId })).jti! };
  };
  const streamOf = ({ partyId }: Pick<Person, "partyId">, method: "push" | "poll" = "push") =>
    createStream(pool, sealer, partyId, {
      method,
      ...(method === "push" ? { endpoint: "https://bank.example/events" } : {}),
      eventsRequested: [eventTypes.attributesChanged],
      alg: "ES256",
    });
  return {
    activities,
    deps,
    plays,
    received,
    pushed,
    opened,
    shownDigest,
    stored,
    confirmed,
    streamOf,
    keys: { service, es256 },
  };
}

export type World = Awaited<ReturnType<typeof makeWorld>>;

export const rowOf = async (pool: Pool, table: "consents" | "notifications", id: string) =>
  (await pool.query(`select * from ${table} where id = $1`, [id])).rows[0];

/** Ends a consent in its row, as the consent's lifecycle does. */
export const withdraw = (pool: Pool, { consentId }: Pick<Person, "consentId">) =>
  pool.query(
    "update consents set state = 'withdrawn', revision = revision + 1, ended_at = now() where id = $1",
    [consentId],
  );
