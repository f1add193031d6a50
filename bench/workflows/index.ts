import {
  condition,
  defineUpdate,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from "@temporalio/workflow";
import { type FloorActivities, floor } from "./contract.ts";

const first = defineUpdate<{ kind: "done" }, [{ id: string }]>(floor.first);
const second = defineUpdate<{ kind: "done" }, [{ id: string }]>(floor.second);
const local = proxyLocalActivities<FloorActivities>({ startToCloseTimeout: "10s" });
const regular = proxyActivities<FloorActivities>({ startToCloseTimeout: "20s" });

/** (a) Nothing at all. */
export async function empty(): Promise<void> {}

/** (b) Two Updates, in each an empty local activity. */
export async function twoUpdates(): Promise<void> {
  await answerBoth(false);
}

/** (c) As (b), and an empty regular activity in the first Update, in place of the card's status request. */
export async function twoUpdatesAndActivity(): Promise<void> {
  await answerBoth(true);
}

async function answerBoth(withRegular: boolean): Promise<void> {
  let done = false;
  setHandler(first, async (input) => {
    if (withRegular) await regular.nothing(input);
    return local.nothing(input);
  });
  setHandler(second, async (input) => {
    const outcome = await local.nothing(input);
    done = true;
    return outcome;
  });
  await condition(() => done);
}
