import { workflowIds } from "../../client/engine/workflow-ids.ts";
import type { ConsoleSettings } from "./console.ts";

/** What may have a lifecycle in Temporal: a row of a list or of a timeline. */
export interface Linked {
  kind: string;
  id: string;
  personId?: string | null;
  /** The enrolment of a certificate. */
  enrolmentId?: string;
  /** `<consentId>/<version>` of the notification that it is, or belongs to. */
  notification?: string | null;
}

/** Where the Temporal UI shows what this belongs to; `null` without a UI, and for what no lifecycle holds. */
export function temporalLink(
  { temporalUi }: Pick<ConsoleSettings, "temporalUi">,
  linked: Linked,
): string | null {
  const workflowId = workflowIdOf(linked);
  if (!temporalUi || workflowId === undefined) return null;
  const { url, namespace } = temporalUi;
  return `${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}

function workflowIdOf({ kind, id, personId, enrolmentId, notification }: Linked): string | undefined {
  const [consentId, version] = notification?.split("/") ?? [];
  if (consentId !== undefined) return workflowIds.notification(consentId, Number(version));
  if (kind === "issuance" || kind === "enrolment") return workflowIds.issuance(id);
  if (enrolmentId !== undefined) return workflowIds.certificate(enrolmentId);
  if (kind === "delivery") return workflowIds.transmission(id);
  if (kind === "change-detection" && personId) return workflowIds.refresh(personId);
  return kind.startsWith("consent") ? workflowIds.consent(id) : undefined;
}
