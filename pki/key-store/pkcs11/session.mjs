/**
 * One session with a token, in a separate process, one request at a time.
 *
 * PKCS#11 libraries are synchronous and belong to a process, not to a thread: threads share one C_Initialize and one login,
 * so a thread that finalizes or logs out affects the others; a thread inside the library does not end on request (measured with
 * SoftHSM: after 1.3 s, when the call returned; a process in 8 ms); and a crash of the library ends the whole process. An
 * answer from a process is no slower than one from a thread.
 *
 * Messages are `{ op, … }`, answers `{ result }` or `{ failure: { code, detail, isGone } }`. The first message has the PIN,
 * which is used once and not stored. A lost session is not repaired here: pool.ts opens another.
 */

import { setTimeout } from "node:timers/promises";

/** How often a library without the token is initialized before the token counts as absent. */
const mostInitializations = 4;

/** Errors of a token whose session, or which itself, is lost: another session may find it again. */
const gone = new Set([
  "CKR_SESSION_CLOSED",
  "CKR_SESSION_HANDLE_INVALID",
  "CKR_USER_NOT_LOGGED_IN",
  "CKR_TOKEN_NOT_PRESENT",
  "CKR_TOKEN_NOT_RECOGNIZED",
  "CKR_DEVICE_REMOVED",
  "CKR_DEVICE_ERROR",
  "CKR_GENERAL_ERROR",
  "CKR_CRYPTOKI_NOT_INITIALIZED",
  "CKR_KEY_HANDLE_INVALID",
  "CKR_OBJECT_HANDLE_INVALID",
  "CKR_OPERATION_ACTIVE",
]);
const refusedPins = new Set([
  "CKR_PIN_INCORRECT",
  "CKR_PIN_INVALID",
  "CKR_PIN_LEN_RANGE",
  "CKR_PIN_LOCKED",
  "CKR_PIN_EXPIRED",
]);

class Failure extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

/** CKR_… of an error, or its class: its message may contain anything. */
const wordOf = (error) => /CKR_[A-Z_0-9]+/.exec(String(error?.message))?.[0] ?? error?.name ?? "unknown";

let graphene;
let module;
let session;
const keys = new Map();

async function load() {
  try {
    const loaded = await import("graphene-pk11");
    return loaded.default ?? loaded;
  } catch {
    throw new Failure(
      "KEY_STORE_MISSING",
      "The package graphene-pk11 is missing, or was not built: install a C++ compiler and Python, then run npm ci.",
    );
  }
}

async function open({ path, token, pin }) {
  graphene = await load();
  try {
    module = graphene.Module.load(path);
  } catch {
    module = undefined;
    throw new Failure(
      "KEY_STORE_MISSING",
      `The PKCS#11 library ${path} cannot be loaded: correct the path, or install what it wants.`,
    );
  }
  try {
    const slot = await slotOf(token);
    session = slot.open(graphene.SessionFlag.SERIAL_SESSION | graphene.SessionFlag.RW_SESSION);
    session.login(pin, graphene.UserType.USER);
    return true;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const word = wordOf(error);
    if (refusedPins.has(word))
      throw new Failure(
        "PIN_REFUSED",
        `The token "${token}" refuses the PIN (${word}). It is not tried again, because tokens lock: correct the PIN and restart.`,
      );
    throw new Failure(
      "KEY_STORE_UNAVAILABLE",
      `The token "${token}" does not open (${word}): look at the device.`,
    );
  }
}

/**
 * The slot of a token. A PIN is never tried on one of two tokens of the same name. SoftHSM 2.6 reads its tokens at
 * initialization, and finds none if another process logs in at that time: it is initialized again.
 */
async function slotOf(token) {
  let found = initializedSlots(token);
  for (let tries = 1; found.length === 0 && tries < mostInitializations; tries++) {
    module.finalize();
    await setTimeout(100 + 200 * Math.random());
    found = initializedSlots(token);
  }
  if (found.length === 1) return found[0];
  throw new Failure(
    "KEY_STORE_UNAVAILABLE",
    found.length === 0
      ? `There is no token "${token}" in any slot: put it in, or correct the name.`
      : `There are ${found.length} tokens "${token}": take out all but the one that is meant.`,
  );
}

function initializedSlots(token) {
  module.initialize();
  const slots = module.getSlots(true);
  return Array.from({ length: slots.length }, (_, index) => slots.items(index)).filter(
    (slot) => labelOf(slot) === token,
  );
}

/** A token that cannot be read, in another slot, is not ours. */
function labelOf(slot) {
  try {
    return slot.getToken().label.trim();
  } catch {
    return undefined;
  }
}

function objectsOf(kind, label) {
  const found = session.find({
    class: graphene.ObjectClass[kind],
    ...(label === undefined ? {} : { label }),
  });
  return Array.from({ length: found.length }, (_, index) => found.items(index));
}

/** Labels are not unique in a token, our ids are: with two keys of one id it would be unknown which one signed. */
function onlyObject(kind, keyId) {
  const found = objectsOf(kind, keyId);
  if (found.length === 1) return found[0].toType();
  if (found.length === 0) throw new Failure("KEY_UNKNOWN", `There is no key "${keyId}" in the token.`);
  throw new Failure(
    "KEY_UNREADABLE",
    `There are ${found.length} keys "${keyId}" in the token: remove all but the one that is meant.`,
  );
}

function privateKey(keyId) {
  const key = keys.get(keyId) ?? onlyObject("PRIVATE_KEY", keyId);
  keys.set(keyId, key);
  return key;
}

const curves = { "P-256": "secp256r1", "P-384": "secp384r1" };

function generateKeyPair(keyId, algorithm) {
  const named = { token: true, label: keyId, id: Buffer.from(keyId) };
  // The private key never leaves the token, by these attributes.
  const guarded = { ...named, private: true, sensitive: true, extractable: false, sign: true };
  const open = { ...named, verify: true };
  const curve = curves[algorithm];
  if (curve)
    return session.generateKeyPair(
      graphene.KeyGenMechanism.EC,
      { ...open, paramsEC: graphene.NamedCurve.getByName(curve).value },
      guarded,
    );
  const modulusBits = Number(algorithm.slice("RSA-".length));
  return session.generateKeyPair(
    graphene.KeyGenMechanism.RSA,
    { ...open, modulusBits, publicExponent: Buffer.from([1, 0, 1]) },
    guarded,
  );
}

function reportedPublicKey(key) {
  if (key.type === graphene.KeyType.RSA) {
    const { modulus, publicExponent } = key.getAttribute({ modulus: null, publicExponent: null });
    return { kind: "RSA", modulus, publicExponent };
  }
  // CKA_EC_PARAMS by its older name, which the package uses.
  const { pointEC, paramsECDSA } = key.getAttribute({ pointEC: null, paramsECDSA: null });
  return { kind: "EC", point: pointEC, parameters: paramsECDSA };
}

const operations = {
  open: ({ settings }) => open(settings),

  list: () => objectsOf("PRIVATE_KEY").map((object) => String(object.getAttribute("label"))),

  publicKey: ({ keyId }) => reportedPublicKey(onlyObject("PUBLIC_KEY", keyId)),

  sign({ keyId, mechanism, data }) {
    return session.createSign(mechanism, privateKey(keyId)).once(Buffer.from(data));
  },

  /**
   * A token does not enforce unique ids, so we check before and after: if another process created a key of the same id in the
   * meantime, ours is removed, never the other. The public key is read from the generated pair: looked up by id, it could be
   * one that another process is about to remove.
   */
  generate({ keyId, algorithm }) {
    const taken = new Failure(
      "KEY_EXISTS",
      `There is already a key "${keyId}" in the token; take another id.`,
    );
    const isTaken = (most) =>
      ["PRIVATE_KEY", "PUBLIC_KEY"].some((kind) => objectsOf(kind, keyId).length > most);
    if (isTaken(0)) throw taken;
    const made = generateKeyPair(keyId, algorithm);
    if (!isTaken(1)) return reportedPublicKey(made.publicKey.toType());
    made.privateKey.destroy();
    made.publicKey.destroy();
    throw taken;
  },

  protection: ({ keyId }) =>
    privateKey(keyId).getAttribute({ sensitive: null, extractable: null, neverExtractable: null }),
};

async function answer(message) {
  try {
    process.send({ result: await operations[message.op](message) });
  } catch (error) {
    const word = wordOf(error);
    process.send({
      failure:
        error instanceof Failure
          ? { code: error.code, detail: error.message, isGone: false }
          : { code: "KEY_STORE_UNAVAILABLE", detail: `The token failed (${word}).`, isGone: gone.has(word) },
    });
  }
}

process.on("message", (message) => void answer(message));
process.on("disconnect", () => {
  try {
    // Devices have few sessions: return ours.
    module?.finalize();
  } catch {
    // It was not running, as required.
  }
  process.exit(0);
});
