import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { activated } from "../../protocol/activation.ts";
import { applied, envelope } from "../../protocol/application.ts";
import { challengeAnswer, challengeRequest } from "../../protocol/challenge.ts";
import { consentChanged, sealedAnswer } from "../../protocol/consent.ts";
import { acknowledgement, disclosedAttributes } from "../../protocol/events.ts";
import { linkToken, partyLinks } from "../../protocol/link.ts";
import { loginAnswerBody, loginAnswered } from "../../protocol/login.ts";
import { answered, pushSubscribed } from "../../protocol/notification.ts";
import { operationDone, operationRequest } from "../../protocol/operation.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { problem } from "../../protocol/problem.ts";
import { keyCompromiseReport, revoked } from "../../protocol/revocation.ts";
import { transactionState } from "../../protocol/transaction.ts";
import type { GatewayDeps } from "../gateway.ts";
import { type Document, openApiPage } from "./openapi-page.ts";

/** `GET /openapi.json`: OpenAPI 3.1, made from the very schemas that requests are read with; `GET /openapi`: to be read. */
export function openApiRoute(server: FastifyInstance, deps: GatewayDeps): void {
  const document = openApi(deps.settings.issuer);
  server.get("/openapi.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").send(document),
  );
  server.get("/openapi", async (_request, reply) => {
    const { html, policy } = openApiPage(document as Document);
    return reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(html);
  });
}

function openApi(issuer: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "kazasu gateway",
      version: "1",
      description:
        `One-tap enrolment with the My Number Card, consents, and changes told by consent. Issuer: ${issuer}. ` +
        "Tokens of parties: /openid/.well-known/openid-configuration. Events: /.well-known/ssf-configuration.",
    },
    paths: {
      "/v1/challenges": { post: operation("Ask for a challenge", challengeRequest, challengeAnswer) },
      "/v1/applications": {
        post: operation("Hand over what the card signed; get the sealed activation code", envelope, applied),
      },
      "/v1/activations": {
        post: operation(
          "Hand over the code and the certificate request; get the certificate",
          envelope,
          activated,
        ),
      },
      "/v1/consents/list": {
        post: operation(
          "The consents this enrolment may see, sealed to the question's key",
          phoneMessage,
          sealedAnswer,
        ),
      },
      "/v1/consents/changes": {
        post: operation(
          "Grant, renew, amend or withdraw a consent with the device key",
          phoneMessage,
          consentChanged,
        ),
      },
      "/v1/inbox": {
        post: operation(
          "What waits for the person, sealed to the question's key",
          phoneMessage,
          sealedAnswer,
        ),
      },
      "/v1/answers": {
        post: operation("The one press: confirm or decline what was shown", phoneMessage, answered),
      },
      "/v1/logins/questions": {
        post: operation("What a login is about, sealed to the question's key", phoneMessage, sealedAnswer),
      },
      "/v1/logins/answers": {
        post: operation(
          "Approve or decline a login, and sign what goes with it",
          loginAnswerBody,
          loginAnswered,
        ),
      },
      "/v1/attribute-reads/list": {
        post: operation(
          "What this enrolment's party has read of the person, sealed to the question's key",
          phoneMessage,
          sealedAnswer,
        ),
      },
      "/v1/push-subscriptions": {
        post: operation(
          "How this phone is reached by push, or that it no longer is",
          phoneMessage,
          pushSubscribed,
        ),
      },
      "/v1/revocations": {
        post: operation("Revoke this phone's own certificate, for ever", phoneMessage, revoked),
      },
      "/v1/key-compromises": {
        post: operation(
          "Show that a private key is no secret any more: everything that certifies it is revoked",
          keyCompromiseReport,
          revoked,
        ),
      },
      "/v1/operations": {
        post: operation(
          "For operators: carry out what enough of them have approved",
          operationRequest,
          operationDone,
        ),
      },
      "/v1/attributes": {
        get: {
          summary:
            "For parties: the consented attributes, as the person last agreed to them (DPoP-bound token)",
          parameters: [
            { name: "consent", in: "query", required: true, schema: { type: "string", format: "uuid" } },
          ],
          responses: {
            200: { description: "The attributes", content: json(disclosedAttributes) },
            default: refused,
          },
        },
      },
      "/v1/transactions/{id}": {
        get: {
          summary: "For parties: what became of a transaction, and its signature (DPoP-bound token)",
          parameters: [
            { name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } },
          ],
          responses: {
            200: { description: "The transaction", content: json(transactionState) },
            default: refused,
          },
        },
      },
      "/v1/links": {
        get: {
          summary: "For parties: the links they take part in (DPoP-bound token)",
          responses: { 200: { description: "The links", content: json(partyLinks) }, default: refused },
        },
      },
      "/v1/links/{linkId}/tokens": {
        post: {
          summary: "For the receiving party of a link: a token for the giving one (DPoP-bound token)",
          parameters: [
            { name: "linkId", in: "path", required: true, schema: { type: "string", format: "uuid" } },
          ],
          responses: { 200: { description: "The token", content: json(linkToken) }, default: refused },
        },
      },
      "/v1/acknowledgements": {
        post: operation(
          "For parties: what was done with a version (DPoP-bound token)",
          acknowledgement,
          acknowledgement,
        ),
      },
      "/v1/notices/{sha256}": {
        get: {
          summary: "The text of a published notice",
          parameters: [{ name: "sha256", in: "path", required: true, schema: { type: "string" } }],
          responses: {
            200: { description: "The text", content: { "text/plain": { schema: { type: "string" } } } },
            default: refused,
          },
        },
      },
    },
  };
}

const json = (schema: z.ZodType) => ({ "application/json": { schema: z.toJSONSchema(schema) } });

const refused = {
  description: "A refusal, as an RFC 9457 problem",
  content: { "application/problem+json": { schema: z.toJSONSchema(problem) } },
};

const operation = (summary: string, body: z.ZodType, answer: z.ZodType) => ({
  summary,
  requestBody: { required: true, content: json(body) },
  responses: { 200: { description: "Done", content: json(answer) }, default: refused },
});
