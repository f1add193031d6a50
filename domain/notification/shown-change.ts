import type { AttributeName } from "../../protocol/names.ts";
import type { ShownChange } from "../../protocol/notification.ts";
import { type RecordAttributes, readAttributeRecord } from "../../registry/attribute-record/records.ts";
import type { Connection } from "../../registry/database.ts";
import type { NotificationRow } from "../../registry/notification/notifications.ts";
import { findParty, type Party } from "../../registry/party/parties.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { readGiven } from "../consent/given.ts";

/** The only inputs of the text of a change. */
export type ShownNotification = Pick<
  NotificationRow,
  "id" | "consentId" | "personId" | "partyId" | "version" | "writing" | "since" | "attributes"
>;

/** The part of a change that may still be sent: the consent may have been narrowed since the person was asked. */
export const stillConsented = (
  { attributes }: Pick<ShownNotification, "attributes">,
  consented: readonly AttributeName[],
): AttributeName[] => attributes.filter((attribute) => consented.includes(attribute));

/**
 * Reads what the person is shown of a change. The text is the same as long as the consent is unchanged and nothing is added to
 * those writings, so that what was signed can be compared with the registry. `undefined` if the consent covers none of it any
 * more.
 * Throws if a version of the attribute record or the party is missing.
 */
export async function readShown(
  connection: Connection,
  sealer: Sealer,
  notification: ShownNotification,
  consented: readonly AttributeName[],
): Promise<string | undefined> {
  const { personId, partyId, since, version, writing } = notification;
  const attributes = stillConsented(notification, consented);
  if (attributes.length === 0) return undefined;
  const before = await readGiven(connection, sealer, personId, since);
  const after = await readAttributeRecord(connection, sealer, personId, version, writing);
  const party = await findParty(connection, partyId);
  if (!after || !party)
    throw new Error(
      "A notification names a version of the attribute record or a party that is missing; the registry is damaged.",
    );
  return shownText(notification, party, attributes, before.attributes, after.attributes);
}

/** The JSON text of a {@link ShownChange}: values in readable form, attributes in a fixed order. */
export function shownText(
  { id, consentId, version }: Pick<ShownNotification, "id" | "consentId" | "version">,
  party: Pick<Party, "id" | "name">,
  attributes: readonly AttributeName[],
  before: RecordAttributes,
  after: RecordAttributes,
): string {
  const shown: ShownChange = {
    notificationId: id,
    consentId,
    party: { id: party.id, name: { ja: party.name.ja, en: party.name.en } },
    anchorVersion: version,
    changes: inOrder
      .filter((attribute) => attributes.includes(attribute))
      .map((attribute) => ({
        attribute,
        from: fitting(readable[attribute](before, after)),
        to: fitting(readable[attribute](after, before)),
      })),
  };
  return JSON.stringify(shown);
}

/** The longest value in a {@link ShownChange}, in UTF-16 code units: longer than any name or address in a certificate. */
const mostShown = 400;
/** Control characters, unpaired surrogates, and characters that change the direction of the surrounding text. */
const unfit = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A value that the phone can show, whatever J-LIS sent: a value that the SDK refuses would hide the rest of the inbox, notices of
 * new phones included.
 */
function fitting(value: string): string {
  const text = value.replace(unfit, "\u{FFFD}");
  if (text.length <= mostShown) return text;
  const points = Array.from(text.slice(0, mostShown - 1));
  // Do not split a surrogate pair.
  if (/\p{Cs}/u.test(points.at(-1) ?? "")) points.pop();
  return `${points.join("")}…`;
}

const inOrder: readonly AttributeName[] = ["name", "address", "dateOfBirth", "sex"];
const sexes = { male: "男", female: "女", unknown: "不明" } as const;

/** An attribute in readable form; some depend on the value they are shown beside. */
const readable: Record<AttributeName, (attributes: RecordAttributes, other: RecordAttributes) => string> = {
  name: nameText,
  address: ({ address, movedAbroad }) =>
    movedAbroad ? `${address}（国外転出予定 ${movedAbroad.plannedDate}）` : address,
  dateOfBirth: ({ dateOfBirth }) => dateText(dateOfBirth),
  sex: ({ sex }) => sexes[sex],
};

/** With its furigana if they differ: they may be the only difference. */
function nameText({ name, furigana }: RecordAttributes, other: RecordAttributes): string {
  const isOther = furigana !== undefined && other.furigana !== undefined && furigana !== other.furigana;
  return isOther && furigana.length <= mostReading ? `${name}（${furigana}）` : name;
}

/** Far longer than any furigana, far shorter than the limit of a {@link ShownChange}. */
const mostReading = 200;

/** `EYYYYMMDD` (JPKI profile) as a readable date; zeros are parts unknown to the register. */
function dateText(raw: string): string {
  const [year = 0, month = 0, day = 0] = [raw.slice(1, 5), raw.slice(5, 7), raw.slice(7, 9)].map(Number);
  if (year === 0) return "不明";
  if (month === 0) return `${year}年（月日不明）`;
  return day === 0 ? `${year}年${month}月（日不明）` : `${year}年${month}月${day}日`;
}
