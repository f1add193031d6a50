/**
 * One session with a token, in a process of its own: PKCS#11 libraries are synchronous, keep global state, and crash on
 * their own account. Started by pool.ts; speaks to it alone, and ends with it. Messages are `{ id, op, … }`, answers
 * `{ id, result }` or `{ id, failure: { code, detail } }`. The first message brings the PIN, which is nowhere else.
 */

/** What a token says when the session, or the token itself, has gone: opened again, and tried once more. */
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

/** CKR_… of an error, or its class: its message may hold anything. */
const wordOf = (error) => /CKR_[A-Z_0-9]+/.exec(String(error?.message))?.[0] ?? error?.name ?? "unknown";

let settings;
let graphene;
let module;
let session;
let keys = new Map();

async function load() {
  try {
    const loaded = await import("graphene-pk11");
    return loaded.default ?? loaded;
  } catch {
    throw new Failure(
      "KEY_STORE_MISSING",
      "The package graphene-pk11 is not here, or was not built: install a C++ compiler and Python, then run npm ci.",
    );
  }
}

function open() {
  const { path, token, pin } = settings;
  try {
    module ??= graphene.Module.load(path);
  } catch {
    throw new Failure("KEY_STORE_MISSING", `The PKCS#11 library ${path} cannot be loaded: look at the path.`);
  }
  try {
    module.initialize();
    const slots = module.getSlots(true);
    const found = Array.from({ length: slots.length }, (_, index) => slots.items(index)).find(
      (slot) => slot.getToken().label.trim() === token,
    );
    if (!found) throw new Failure("KEY_STORE_UNAVAILABLE", `There is no token "${token}" in any slot.`);
    session = found.open(graphene.SessionFlag.SERIAL_SESSION | graphene.SessionFlag.RW_SESSION);
    session.login(pin, graphene.UserType.USER);
    keys = new Map();
  } catch (error) {
    close();
    if (error instanceof Failure) throw error;
    const word = wordOf(error);
    if (refusedPins.has(word))
      throw new Failure(
        "PIN_REFUSED",
        `The token "${token}" refuses the PIN (${word}); it is not tried again.`,
      );
    throw new Failure("KEY_STORE_UNAVAILABLE", `The token "${token}" does not open (${word}).`);
  }
}

/** A library sees a token that came back only when it is started anew. */
function close() {
  session = undefined;
  try {
    module?.finalize();
  } catch {
    // It was not running, which is what is wanted.
  }
}

function objectsOf(kind, label) {
  const found = session.find({
    class: graphene.ObjectClass[kind],
    ...(label === undefined ? {} : { label }),
  });
  return Array.from({ length: found.length }, (_, index) => found.items(index));
}

function privateKey(keyId) {
  const known = keys.get(keyId);
  if (known) return known;
  const [found] = objectsOf("PRIVATE_KEY", keyId);
  if (!found)
    throw new Failure("KEY_UNKNOWN", `There is no key "${keyId}" in the token "${settings.token}".`);
  const key = found.toType();
  keys.set(keyId, key);
  return key;
}

const curves = { "P-256": "secp256r1", "P-384": "secp384r1" };

/** The private part never leaves the token, and the token is told so. */
const privateTemplate = (keyId) => ({
  token: true,
  private: true,
  sensitive: true,
  extractable: false,
  sign: true,
  label: keyId,
  id: Buffer.from(keyId),
});

const operations = {
  list: () => objectsOf("PRIVATE_KEY").map((object) => String(object.getAttribute("label"))),

  publicKey({ keyId }) {
    const [found] = objectsOf("PUBLIC_KEY", keyId);
    if (!found)
      throw new Failure("KEY_UNKNOWN", `There is no key "${keyId}" in the token "${settings.token}".`);
    const key = found.toType();
    if (key.type === graphene.KeyType.RSA) {
      const { modulus, publicExponent } = key.getAttribute({ modulus: null, publicExponent: null });
      return { kind: "RSA", modulus, publicExponent };
    }
    const { pointEC, paramsEC } = key.getAttribute({ pointEC: null, paramsEC: null });
    return { kind: "EC", point: pointEC, parameters: paramsEC };
  },

  sign({ keyId, mechanism, data }) {
    return session.createSign(mechanism, privateKey(keyId)).once(Buffer.from(data));
  },

  generate({ keyId, algorithm }) {
    if (objectsOf("PRIVATE_KEY", keyId).length > 0)
      throw new Failure("KEY_EXISTS", `There is already a key "${keyId}" in the token; take another id.`);
    const common = { token: true, verify: true, label: keyId, id: Buffer.from(keyId) };
    const curve = curves[algorithm];
    if (curve)
      session.generateKeyPair(
        graphene.KeyGenMechanism.EC,
        { ...common, paramsEC: graphene.NamedCurve.getByName(curve).value },
        privateTemplate(keyId),
      );
    else
      session.generateKeyPair(
        graphene.KeyGenMechanism.RSA,
        {
          ...common,
          modulusBits: Number(algorithm.slice("RSA-".length)),
          publicExponent: Buffer.from([1, 0, 1]),
        },
        privateTemplate(keyId),
      );
    return true;
  },

  /** What the token itself says of a key: for reports and tests. */
  protection({ keyId }) {
    const key = privateKey(keyId);
    return key.getAttribute({ sensitive: null, extractable: null, neverExtractable: null });
  },
};

function run(message) {
  if (!session) open();
  try {
    return operations[message.op](message);
  } catch (error) {
    if (error instanceof Failure || !gone.has(wordOf(error))) throw error;
    close();
    open();
    return operations[message.op](message);
  }
}

async function answer(message) {
  const { id, op } = message;
  try {
    if (op === "open") {
      settings = message.settings;
      graphene ??= await load();
      open();
      process.send({ id, result: true });
    } else process.send({ id, result: run(message) });
  } catch (error) {
    const code = error instanceof Failure ? error.code : "KEY_STORE_UNAVAILABLE";
    const detail = error instanceof Failure ? error.message : `The token failed (${wordOf(error)}).`;
    process.send({ id, failure: { code, detail } });
  }
}

process.on("message", (message) => void answer(message));
process.on("disconnect", () => {
  close();
  process.exit(0);
});
