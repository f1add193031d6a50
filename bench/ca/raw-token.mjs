/**
 * A token at its maximum speed: one session, one key, the same bytes signed repeatedly. The process handles one message for
 * each run (`{ ms }` → latencies), so that session and key are opened only once.
 */
const loaded = await import("graphene-pk11");
const graphene = loaded.default ?? loaded;

const { module: library, token, pin, keyId, mechanism, data } = JSON.parse(process.argv[2] ?? "{}");
const bytes = Buffer.from(data, "base64");
const module = graphene.Module.load(library);
module.initialize();
const slots = module.getSlots(true);
const slot = Array.from({ length: slots.length }, (_, index) => slots.items(index)).find(
  (each) => each.getToken().label.trim() === token,
);
const session = slot.open(graphene.SessionFlag.SERIAL_SESSION | graphene.SessionFlag.RW_SESSION);
session.login(pin, graphene.UserType.USER);
const key = session.find({ class: graphene.ObjectClass.PRIVATE_KEY, label: keyId }).items(0).toType();

process.on("message", ({ ms }) => {
  const latencies = [];
  const begun = performance.now();
  let now = begun;
  while (now - begun < ms) {
    session.createSign(mechanism, key).once(bytes);
    const done = performance.now();
    latencies.push(done - now);
    now = done;
  }
  process.send({ latencies, elapsedMs: now - begun });
});
process.on("disconnect", () => {
  module.finalize();
  process.exit(0);
});
process.send("ready");
