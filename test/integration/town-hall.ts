import { Engine } from "../../client/engine/engine.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { changeDetection } from "../../workflows/change-detection/contract.ts";
import type { Resident } from "./resident.ts";
import { clientOf, rows, stack } from "./stack.ts";

/** Has J-LIS publish its lists now, and reads them as the daily run does. */
export async function detectChanges() {
  await fetch(`${stack.jlis}/control/crl`, { method: "POST" });
  return withEngine((engine) => engine.changeDetection.runNow());
}

/** Waits until nothing is under way for the person. */
export const untilRefreshed = ({ personId }: Resident) =>
  withEngine((engine) => engine.changeDetection.untilRefreshed(personId));

/** The person moves and has the card's certificate renewed; the CA's daily run finds it. */
export async function moveHouse(resident: Resident, address: string): Promise<void> {
  await resident.phone.card.atTownHall("move", { address });
  await resident.phone.card.atTownHall("renew");
  await detectChanges();
}

/** What J-LIS has billed so far. */
export async function billed(): Promise<{ ocsp: number; linkage: number; attributes: number }> {
  return (await (await fetch(`${stack.jlis}/control/billing`)).json()) as never;
}

/** Sets a fault of a simulator for as long as `act` takes. */
export async function withFault<T>(simulator: string, fault: object, act: () => Promise<T>): Promise<T> {
  await fetch(`${simulator}/control/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fault),
  });
  try {
    return await act();
  } finally {
    await fetch(`${simulator}/control/faults`, { method: "DELETE" });
  }
}

/** How often the person's refresh has asked J-LIS, by Temporal's count. */
export async function refreshAttempts({ personId }: Resident): Promise<number> {
  const client = await clientOf();
  const described = await client.workflow.getHandle(changeDetection.refreshWorkflowId(personId)).describe();
  return Math.max(0, ...(described.raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0));
}

/** How many answers about the person J-LIS has given, each of them paid: an answer leaves one line. */
export async function answersOfRegister({ personId }: Resident): Promise<number> {
  const [row] = await rows<{ count: number }>(
    "select count(*)::int as count from audit_lines where act = 'anchor-refreshed' and subject = $1",
    [personId],
  );
  return row!.count;
}

/** What an operator does once a party is back; returns how many. */
export async function replayDeadLetters({ subject }: Resident): Promise<number> {
  const letters = await rows<{ jti: string }>(
    "select jti from security_events where subject = $1 and state = 'dead-lettered' order by position",
    [subject],
  );
  for (const { jti } of letters) await withEngine((engine) => engine.notification.transmit(jti));
  return letters.length;
}

async function withEngine<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
  const { codec } = await ensureServiceKeys(`${stack.directory}/keys`);
  const engine = await Engine.connect({
    address: stack.temporal,
    namespace: stack.namespace,
    codecKeys: codec,
  });
  try {
    return await act(engine);
  } finally {
    await engine.close();
  }
}
