import { startTestCluster } from "./cluster.mjs";

export default async function globalSetup() {
  globalThis.kazasuCluster = await startTestCluster();
  process.env.KAZASU_TEST_CLUSTER = globalThis.kazasuCluster.address;
}
