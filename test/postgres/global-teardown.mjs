export default async function globalTeardown() {
  await globalThis.kazasuCluster.close();
}
