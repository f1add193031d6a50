import { changeConsent, withdrawalOf } from "../../client/app/consent-change.ts";
import { listConsents } from "../../client/app/consent-list.ts";
import { simulatorMs } from "../devices/patience.ts";
import { type Cast, requireAll } from "./cast.ts";
import { binding } from "./one-tap-story.ts";
import { Registry } from "./registry.ts";
import type { Stage } from "./stage.ts";

const terms = {
  from: "abc-bank",
  to: "midori-clinic",
  dataset: "振込先口座",
  purpose: "医療費の払い戻し",
};

/**
 * Two parties and one dataset: not accessible before the person links them, accessible under identifiers of the link, and not
 * after the withdrawal.
 */
export async function tellLink(stage: Stage, cast: Cast): Promise<void> {
  const { gateway, stack } = cast;
  const registry = new Registry(cast);
  const phones = () => requireAll(cast.phones, "phoneB", "other");

  /** The result of the clinic's request for the patient's account. */
  const refund = async (): Promise<{ refundAccount?: string; error?: string }> => {
    const response = await fetch(`${stack.clinic}/refunds`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ subject: await registry.pseudonym(phones().other.enrolmentId) }),
      signal: AbortSignal.timeout(simulatorMs),
    });
    return (await response.json()) as { refundAccount?: string; error?: string };
  };

  await stage.play("link-granted", "The person links ABC Bank and Midori Clinic with phone B", async () => {
    const { error: before } = await refund();
    const notice = (cast.ca.linkNotices ?? []).find(({ language }) => language === "ja");
    if (!notice) throw new Error("The gateway publishes no text for links.");
    const { state } = await changeConsent(gateway, phones().phoneB, {
      act: "grant",
      kind: "link",
      attributes: [],
      notice,
      link: terms,
    });
    return { ok: before === "NOT_LINKED" && state === "in-force", before, state };
  });

  await stage.play("dataset-given", "The clinic asks the bank where to pay the refund", async () => {
    const { refundAccount } = await refund();
    return { ok: refundAccount === binding };
  });

  await stage.play(
    "link-withdrawn",
    "The person ends it in the clinic's app; the bank gives nothing",
    async () => {
      const { other } = phones();
      const link = (await listConsents(gateway, other)).find(({ kind }) => kind === "link");
      if (!link) throw new Error("The clinic's app does not show the link.");
      const { state } = await changeConsent(gateway, other, withdrawalOf(link));
      const { refundAccount, error } = await refund();
      return {
        ok: state === "withdrawn" && refundAccount === undefined && error === "NOT_LINKED",
        state,
        error,
      };
    },
  );
}
