import { Operator } from "../../client/operator/operator.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import type { Resident } from "./resident.ts";
import { stack } from "./stack.ts";

/** Has J-LIS publish its lists now, and reads them as the daily run does. */
export async function detectChanges() {
  await fetch(`${stack.jlis}/control/crl`, { method: "POST" });
  return asOperator((operator) => operator.changeDetection.runNow());
}

/** Waits until nothing is under way for the person. */
export const untilRefreshed = ({ personId }: Resident) =>
  asOperator((operator) => operator.changeDetection.untilRefreshed(personId));

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

async function asOperator<T>(act: (operator: Operator) => Promise<T>): Promise<T> {
  const { codec } = await ensureServiceKeys(`${stack.directory}/keys`);
  const operator = await Operator.connect({
    address: stack.temporal,
    namespace: stack.namespace,
    codecKeys: codec,
  });
  try {
    return await act(operator);
  } finally {
    await operator.close();
  }
}
