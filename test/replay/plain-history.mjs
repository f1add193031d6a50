// A CommonJS module whose names Node cannot see: only its default export can be imported.
import proto from "@temporalio/proto";

const { History } = proto.temporal.api.history.v1;

/** Plain JavaScript, so that record.mjs can use it as it is. Types are in plain-history.d.mts. */

export const decryptHistory = (history, codec) => decryptIn(history, codec);

async function decryptIn(value, codec) {
  if (Array.isArray(value)) return Promise.all(value.map((item) => decryptIn(item, codec)));
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || isLong(value)) return value;
  if (isPayload(value)) return (await codec.decode([value]))[0];
  const copy = Object.create(Object.getPrototypeOf(value));
  for (const [name, member] of Object.entries(value)) copy[name] = await decryptIn(member, codec);
  return copy;
}

export const isPayload = (value) => "metadata" in value && "data" in value && ArrayBuffer.isView(value.data);
const isLong = (value) => "low" in value && "high" in value && "unsigned" in value;

export function toText(history) {
  // Who ran it, as process and host: of no use to a replay, and nobody else's business.
  const anonymous = (name, value) => (name === "identity" ? "recorded" : value);
  return `${JSON.stringify(History.fromObject(history).toJSON(), anonymous, 1)}\n`;
}

export const fromText = (text) => History.fromObject(JSON.parse(text));
