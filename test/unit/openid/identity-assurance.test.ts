import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { nameSubstitution } from "../../../domain/login/verified-claims/claims.ts";
import { trustFramework } from "../../../domain/login/verified-claims/offered.ts";
import { attributeReads } from "../../../registry/attribute-record/reads.ts";
import type { RecordAttributes } from "../../../registry/attribute-record/records.ts";
import { firstRecord, makePerson, type Person } from "../notification/people.ts";
import type { PartyCaller } from "./party-caller.ts";
import { type PartyGateway, startPartyGateway } from "./party-gateway.ts";
import { answeredLogin, readOidcUserInfo, readUserInfo } from "./user-info.ts";

/** OpenID Connect for Identity Assurance 1.0 over HTTP: metadata, requests, and UserInfo through the library. */

let gateway: PartyGateway;
let party: PartyCaller;

beforeAll(async () => {
  gateway = await startPartyGateway();
  party = await gateway.party();
});
afterAll(async () => {
  await gateway?.close();
});

const verification = { trust_framework: null };

/** Sends a request to an endpoint that authenticates the client. */
async function push(path: "request" | "backchannel", parameters: Record<string, string>) {
  const url = `${gateway.url}/openid/${path}`;
  const body = new URLSearchParams({
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await party.assertion(),
    scope: "openid",
    ...parameters,
  });
  const response = await fetch(url, {
    method: "POST",
    headers: { dpop: await party.proof("POST", url, "") },
    body,
  });
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
}

const pushClaims = (claims: unknown) =>
  push("request", {
    response_type: "code",
    client_id: party.clientId,
    redirect_uri: "https://rp.example/cb",
    code_challenge: "A".repeat(43),
    code_challenge_method: "S256",
    claims: typeof claims === "string" ? claims : JSON.stringify(claims),
  });

test.each(["openid", "oidc"])(
  "ok/§8: the metadata of %s say what is supported, and nothing of documents",
  async (issuer) => {
    const metadata = (await (
      await fetch(`${gateway.url}/${issuer}/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      claims_parameter_supported: true,
      verified_claims_supported: true,
      trust_frameworks_supported: [trustFramework],
      evidence_supported: ["electronic_record"],
      electronic_records_supported: ["population_register"],
      claims_in_verified_claims_supported: [
        "name",
        "name#ja-Kana-JP",
        "address",
        "birthdate",
        "gender",
        "urn:kazasu:claim:name-substitution",
        "urn:kazasu:claim:address-substitution",
      ],
    });
    for (const absent of [
      "documents_supported",
      "documents_methods_supported",
      "documents_check_methods_supported",
    ])
      expect(metadata).not.toHaveProperty(absent);
  },
);

describe("§5.7.6: a malformed request is refused before the person is asked", () => {
  const malformed = {
    "without verification": { claims: { name: null } },
    "without claims": { verification },
    "without any claim": { verification, claims: {} },
    "of another type": "name",
    "too deep": JSON.parse(`${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`) as unknown,
  };

  test.each(Object.entries(malformed))(
    "bad/%s, for UserInfo or the ID token",
    async (_how, verified_claims) => {
      for (const claims of [{ userinfo: { verified_claims } }, { id_token: { verified_claims } }])
        expect(await pushClaims(claims)).toMatchObject({
          status: 400,
          error: "invalid_request",
          error_description: expect.stringMatching(
            /^claims\.(userinfo|id_token)\.verified_claims(\.\w+)? (is|names) /,
          ),
        });
    },
  );

  test("bad/in a request without a browser as well", async () => {
    const answer = await push("backchannel", {
      login_hint_token: "nobody's",
      binding_message: "42",
      claims: JSON.stringify({ userinfo: { verified_claims: malformed["without claims"] } }),
    });
    expect(answer).toMatchObject({
      status: 400,
      error: "invalid_request",
      error_description: expect.stringContaining("claims.userinfo.verified_claims.claims"),
    });
  });

  test("bad/a claims parameter that is too long", async () => {
    const claims = JSON.stringify({ userinfo: { ["x".repeat(16_384)]: null } });
    expect(await pushClaims(claims)).toMatchObject({ status: 400, error: "invalid_request" });
  });

  test("ok/what cannot be matched is no error (§5.7.4)", async () => {
    const other = { verification: { trust_framework: { value: "eidas" } }, claims: { nationalities: null } };
    expect(await pushClaims({ userinfo: { verified_claims: [other] } })).toMatchObject({ status: 201 });
    expect(await pushClaims({ id_token: { verified_claims: other } })).toMatchObject({ status: 201 });
  });
});

/** A person who consents to name and date of birth, after a login. */
async function makeCustomer(of: PartyCaller, record: Partial<RecordAttributes> = {}) {
  const person = await makePerson(gateway.registry.pool, {
    partyId: of.partyId,
    records: [{ ...firstRecord, ...record }],
    attributes: ["name", "dateOfBirth"],
  });
  return { person, loginId: await answeredLogin(gateway, of, person) };
}

/** What the person sees of reads. */
const linesOf = async (person: Person) =>
  (await attributeReads(gateway.registry.pool, person, { limit: 10 })).rows.map(({ asked, attributes }) => ({
    asked,
    attributes,
  }));

describe("UserInfo", () => {
  async function customer(record: Partial<RecordAttributes> = {}) {
    const { person, loginId } = await makeCustomer(party, record);
    const lines = () => linesOf(person);
    const read = async (verified_claims: unknown) =>
      (await readUserInfo(gateway, party, loginId, { userinfo: { verified_claims } }))["verified_claims"];
    return { read, lines, loginId };
  }
  const name = { name: firstRecord.name };

  test("ok/§5.6: a list of requests is answered by a list of those that match", async () => {
    const { read } = await customer();
    const requests = [
      { verification: { trust_framework: { value: "eidas" } }, claims: { name: null } },
      { verification, claims: { name: null } },
      { verification, claims: { birthdate: { value: "1990-04-01" } } },
    ];
    const matched = { trust_framework: trustFramework };
    expect(await read(requests)).toEqual([
      { verification: matched, claims: name },
      { verification: matched, claims: { birthdate: "1990-04-01" } },
    ]);
    expect(await read(requests.slice(0, 1))).toBeUndefined();
  });

  test("ok/§7: an answer has what was requested and no more", async () => {
    const { read } = await customer();
    expect(await read({ verification, claims: { name: null } })).toEqual({
      verification: { trust_framework: trustFramework },
      claims: name,
    });
  });

  test("ok/§5.2: verified_claims for the ID token are not given, at UserInfo either", async () => {
    const { loginId, lines } = await customer();
    const verified_claims = { verification, claims: { name: null } };
    const answer = await readUserInfo(gateway, party, loginId, { id_token: { verified_claims } });
    expect(answer).toEqual({ sub: expect.any(String) });
    expect(await lines()).toEqual([]);
  });

  test("ok/a name with a substitute says so, as the attribute endpoint does", async () => {
    const { read } = await customer({ name: "吉田　太郎", nameSubstitution: "10000" });
    expect(await read({ verification, claims: { name: null } })).toHaveProperty("claims", {
      name: "吉田　太郎",
      [nameSubstitution]: "10000",
    });
  });

  test("bad/guesses at what the consent does not cover: right and wrong ones have one answer, and stand in the list", async () => {
    const { read, lines } = await customer();
    for (const value of ["male", "female"])
      expect(await read({ verification, claims: { name: null, gender: { value } } })).toHaveProperty(
        "claims",
        name,
      );
    const line = { asked: ["name", "sex"], attributes: ["name"] };
    expect(await lines()).toEqual([line, line]);
  });

  test("bad/a guess at what the consent covers stands in the list like a value, right or wrong", async () => {
    const { read, lines } = await customer();
    expect(await read({ verification, claims: { birthdate: { value: "1990-04-02" } } })).toBeUndefined();
    expect(await lines()).toEqual([{ asked: ["dateOfBirth"], attributes: ["dateOfBirth"] }]);
  });

  test("ok/a request that no verification of ours meets reads nothing", async () => {
    const { read, lines } = await customer();
    const eidas = { trust_framework: { value: "eidas" } };
    expect(
      await read({ verification: eidas, claims: { birthdate: { value: "1990-04-01" } } }),
    ).toBeUndefined();
    expect(await lines()).toEqual([]);
  });
});

describe("UserInfo of the issuer oidc", () => {
  const odd = { name: "吉田　太郎", nameSubstitution: "10000" };
  const told = { name: odd.name, [nameSubstitution]: "10000" };
  const sub = expect.any(String);
  let client: PartyCaller;
  beforeAll(async () => {
    client = await gateway.party(undefined, { issuer: "oidc" });
  });

  test("ok/verified_claims beside claims by scope: each says that a character is substituted", async () => {
    const { loginId } = await makeCustomer(client, odd);
    const claims = { userinfo: { verified_claims: [{ verification, claims: { name: null } }] } };
    const answer = await readOidcUserInfo(gateway, client, loginId, { claims, scope: "openid name" });
    const verified = { verification: { trust_framework: trustFramework }, claims: told };
    expect(answer).toEqual({ sub, ...told, verified_claims: [verified] });
  });

  test("ok/verified_claims beside claims by scope are one read, and one line for the person", async () => {
    const { person, loginId } = await makeCustomer(client);
    const claims = { userinfo: { verified_claims: { verification, claims: { birthdate: null } } } };
    await readOidcUserInfo(gateway, client, loginId, { claims, scope: "openid name gender" });
    expect(await linesOf(person)).toEqual([
      { asked: ["name", "sex", "dateOfBirth"], attributes: ["name", "dateOfBirth"] },
    ]);
  });

  test("ok/a claim by its name says so too; a name without a substitute has no flags", async () => {
    const { loginId } = await makeCustomer(client, odd);
    const claims = { userinfo: { name: null } };
    expect(await readOidcUserInfo(gateway, client, loginId, { claims })).toEqual({ sub, ...told });
    const { loginId: plain } = await makeCustomer(client);
    expect(await readOidcUserInfo(gateway, client, plain, { scope: "openid name birthdate gender" })).toEqual(
      {
        sub,
        name: firstRecord.name,
        birthdate: "1990-04-01",
      },
    );
  });

  test("bad/a malformed request goes back to the party before the person is asked", async () => {
    const parameters = new URLSearchParams({
      client_id: client.clientId,
      response_type: "code",
      redirect_uri: "https://rp.example/cb",
      scope: "openid",
      state: "s",
      nonce: "n",
      code_challenge: "A".repeat(43),
      code_challenge_method: "S256",
      claims: JSON.stringify({ userinfo: { verified_claims: { verification } } }),
    });
    const { headers } = await fetch(`${gateway.url}/oidc/auth?${parameters.toString()}`, {
      redirect: "manual",
    });
    const { origin, searchParams } = new URL(headers.get("location") ?? "");
    expect(origin).toBe("https://rp.example");
    expect(searchParams.get("error")).toBe("invalid_request");
    expect(searchParams.get("error_description")).toContain("claims.userinfo.verified_claims.claims is");
  });
});
