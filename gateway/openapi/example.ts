/** A JSON Schema, as far as our messages use it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  minItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

const uuid = "0d5e1f2a-6b7c-4d8e-9f00-1a2b3c4d5e6f";
const jws = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJrYXphc3UifQ.c2lnbmF0dXJl";

/** Values of members whose schema does not say enough for a reader. */
const named: Record<string, unknown> = {
  access_token: jws,
  acr: "urn:kazasu:acr:device",
  aud: "urn:kazasu:party:kaede-bank",
  auth_req_id: "b2xkLXJlcXVlc3Q",
  authorization_header: "Bearer of-my-receiver",
  binding_message: "Kaede Bank 42",
  client_assertion: jws,
  client_id: "kaede-bank",
  code: "YSBjb2Rl",
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  description: "Kaede Bank",
  endpoint_url: "https://kaede.example/events",
  expires_in: 300,
  iss: "https://ca.example",
  jku: "https://ca.example/jwks.json",
  login_hint_token: jws,
  message: jws,
  method: "urn:ietf:rfc:8936",
  partyId: "kaede-bank",
  redirect_uri: "https://kaede.example/callback",
  request_uri: "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c",
  returnTo: "https://ca.example/oidc/login/1/return?code=YQ",
  scope: "openid",
  sub: "2sqs4t7omdhgiujn2obxcviykp",
  token: jws,
  token_type: "DPoP",
};
/** The members of arrays. */
const itemsNamed: Record<string, unknown[]> = {
  events_requested: ["urn:kazasu:event:attributes-changed"],
  events_supported: ["urn:kazasu:event:attributes-changed"],
  events_delivered: ["urn:kazasu:event:attributes-changed"],
};
const formats: Record<string, string> = {
  uuid,
  uri: "https://kaede.example/callback",
  "date-time": "2026-12-01T00:00:00Z",
};
/** A text for each pattern of our messages: the first one that matches. */
const texts = [
  "kaede-bank",
  '"5f0c2a4e-4e1b-4c9e-8f57-2d1f0a9c3b7d"',
  "c2VhbGVk",
  "kMBZnbCJBqbTBhZi1BzJ2KaNvWcZXGlhVxbwzfLhxmc",
  "0a1b2c",
  `1_1733011200_${uuid}`,
];

/**
 * An example of a schema: a plausible value for each member that is known by name, otherwise the first that the schema allows.
 * Members that may be left out are, except those with a default. Deterministic.
 * @param name of the member that it is of
 */
export function exampleOf(schema: Schema, name = ""): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return exampleOf(first, name);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((each) => exampleOf(each, name)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object":
      return exampleOfObject(schema);
    case "array":
      return itemsNamed[name] ?? (schema.items ? [exampleOf(schema.items, name)] : []);
    case "string":
      return exampleOfText(schema, name);
    case "integer":
    case "number":
      return typeof named[name] === "number" ? named[name] : Math.max(schema.minimum ?? 1, 1);
    case "boolean":
      return true;
    case "null":
      return null;
    case undefined:
    default:
      return {};
  }
}

function exampleOfObject({
  properties = {},
  required = [],
  additionalProperties,
  propertyNames,
}: Schema): object {
  const members = Object.entries(properties).filter(([name]) => required.includes(name));
  const known = Object.fromEntries(members.map(([name, inner]) => [name, exampleOf(inner, name)]));
  if (propertyNames === undefined || typeof additionalProperties !== "object") return known;
  return { ...known, [String(exampleOf(propertyNames))]: exampleOf(additionalProperties, "token") };
}

function exampleOfText(
  { format, pattern, minLength = 0, maxLength = Infinity }: Schema,
  name: string,
): string {
  const known = named[name];
  const fits = (text: string) =>
    (pattern === undefined || new RegExp(pattern).test(text)) &&
    text.length >= minLength &&
    text.length <= maxLength;
  const inFormat = format === undefined ? undefined : formats[format];
  if (typeof known === "string" && format !== "uuid" && fits(known)) return known;
  if (inFormat !== undefined) return inFormat;
  return pattern === undefined ? name || "text" : ([...texts, "A".repeat(minLength)].find(fits) ?? "");
}
