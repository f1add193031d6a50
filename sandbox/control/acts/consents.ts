import { z } from "zod";
import { changeConsent, type WantedChange, withdrawalOf } from "../../../client/app/consent-change.ts";
import { listConsents } from "../../../client/app/consent-list.ts";
import type { NoticeReference } from "../../../protocol/challenge.ts";
import type { ConsentSummary } from "../../../protocol/consent.ts";
import { language, registeredName } from "../../../protocol/names.ts";
import { ifReached } from "../../persons/living.ts";
import type { Person } from "../../persons/person.ts";
import { act } from "../act.ts";
import { SandboxRefusal } from "../refusal.ts";

const order = z.strictObject({
  party: registeredName.default("abc-bank"),
  /** The id of a consent the person withdraws. */
  withdraw: z.uuid().optional(),
  /** The id of an ended consent that they give again, on the notice with this SHA-256, which they were shown. */
  again: z.strictObject({ consentId: z.uuid(), notice: z.string().max(64) }).optional(),
  /** Language of the notices. */
  language: language.default("ja"),
});

/**
 * Lists the person's consents, each with the notice on which it could be given again; withdraws one, or gives one again, with
 * the device key. The register refresh requires the card: it is given again at a tap.
 */
export const consents = act("consents", order, async (person, { party, withdraw, again, language }) => {
  const { gateway } = person.world;
  const enrolment = await person.enrolmentAt(party);
  const listed = await listConsents(gateway, enrolment);
  const find = (id: string): ConsentSummary => {
    const found = listed.find(({ consentId }) => consentId === id);
    if (!found) throw new SandboxRefusal("NO_SUCH_CONSENT");
    return found;
  };
  const notices = () => noticesOf(person, { party, app: enrolment.app, language });
  if (withdraw !== undefined) await changeConsent(gateway, enrolment, withdrawalOf(find(withdraw)));
  if (again !== undefined) {
    const ended = find(again.consentId);
    const agreed = (await notices()).find(({ sha256 }) => sha256 === again.notice);
    if (!agreed) throw new SandboxRefusal("NO_SUCH_CONSENT", "This notice is not among those shown.");
    await changeConsent(gateway, enrolment, grantedAgain(ended, agreed.reference));
  }
  const isChanged = withdraw !== undefined || again !== undefined;
  if (isChanged) person.changed();
  const now = isChanged ? await listConsents(gateway, enrolment) : listed;
  const ended = now.filter((consent) => mayGiveAgain(consent, party, now));
  // The list is returned without them if the CA does not answer in time.
  const offered = ended.length > 0 ? ((await ifReached(notices())) ?? []) : [];
  return {
    consents: now.map((consent) => ({
      ...shown(consent),
      ...(ended.includes(consent)
        ? { notice: offered.find(({ reference }) => reference.purpose === consent.kind) }
        : {}),
    })),
  };
});

interface Notice {
  reference: NoticeReference;
  sha256: string;
  text: string;
}

/** The notices agreed to in the app, word for word: for the party, and for links. */
async function noticesOf(
  { phone, world }: Person,
  of: { party: string; app: string; language: NoticeReference["language"] },
): Promise<Notice[]> {
  const { notices } = await phone.notices(of);
  const link = world.ca.linkNotices?.find(({ language }) => language === of.language);
  return [
    ...notices.filter(({ purpose }) => purpose === "disclosure"),
    ...(link
      ? [{ reference: link, sha256: link.sha256, text: await world.gateway.notice(link.sha256) }]
      : []),
  ];
}

const grantedAgain = ({ kind, attributes, link }: ConsentSummary, notice: NoticeReference): WantedChange => ({
  act: "grant",
  kind,
  attributes,
  notice,
  ...(link ? { link } : {}),
});

/** One that has ended, has no newer one with the same terms, and may be given in this party's app. */
function mayGiveAgain(consent: ConsentSummary, party: string, all: readonly ConsentSummary[]): boolean {
  if (consent.state === "in-force" || consent.kind === "register-refresh") return false;
  if (consent.link && consent.link.from !== party) return false;
  const isSame = (other: ConsentSummary) =>
    other.kind === consent.kind && JSON.stringify(other.link) === JSON.stringify(consent.link);
  return (
    all.find(
      (other) => isSame(other) && (other.state === "in-force" || other.grantedAt > consent.grantedAt),
    ) === undefined
  );
}

/** Without the receipt, a token of a kilobyte. */
const shown = ({ receipt: _receipt, ...consent }: ConsentSummary): object => consent;
