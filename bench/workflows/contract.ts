/** Names and messages of the workflows that issuance is compared with. */
export const floor = {
  taskQueue: "bench-floor",
  empty: "empty",
  twoUpdates: "twoUpdates",
  twoUpdatesAndActivity: "twoUpdatesAndActivity",
  first: "first",
  second: "second",
} as const;

/** An activity that does nothing: the rest is the cost of Temporal. */
export interface FloorActivities {
  nothing(input: { id: string }): Promise<{ kind: "done" }>;
}
