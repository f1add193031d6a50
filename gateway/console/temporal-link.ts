import { workflowIds } from "../../client/engine/workflow-ids.ts";
import type { ConsoleSettings } from "./console.ts";

/** A row of a list or timeline that may have a workflow in Temporal. */
export interface Linked {
  kind: string;
  id: string;
  personId?: string | null;
  /** The enrolment of a certificate. */
  enrolmentId?: string;
  /** `<consentId>/<version>` of this notification, or of the one it belongs to. */
  notification?: string | null;
}

/** The Temporal UI's address of its workflow; `null` without a UI or a workflow. */
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
