import { acknowledgement, disclosedAttributes } from "../../protocol/events.ts";
import { linkToken, partyLinks } from "../../protocol/link.ts";
import { transactionState } from "../../protocol/transaction.ts";
import { byParty, idempotencyKey, json, operation, type Paths, refused } from "./operation.ts";

/** What the servers of relying parties ask. */
export const partyPaths: Paths = {
  "/v1/attributes": {
    get: {
      ...byParty("attributes"),
      summary: "The consented attributes, as the person last agreed to them",
      parameters: [
        { name: "consent", in: "query", required: true, schema: { type: "string", format: "uuid" } },
        {
          name: "include",
          in: "query",
          required: false,
          description: "With the name, its furigana, where the register has given it",
          schema: { const: "furigana" },
        },
      ],
      responses: {
        200: { description: "The attributes", content: json(disclosedAttributes) },
        ...refused,
      },
    },
  },
  "/v1/transactions/{id}": {
    get: {
      ...byParty("transactions"),
      summary: "What became of a transaction, and its signature",
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } }],
      responses: {
        200: { description: "The transaction", content: json(transactionState) },
        ...refused,
      },
    },
  },
  "/v1/links": {
    get: {
      ...byParty("links"),
      summary:
        "The links the party takes part in, those in force first; the header `Link` leads to the next page",
      parameters: [{ name: "after", in: "query", schema: { type: "string" } }],
      responses: { 200: { description: "The links", content: json(partyLinks) }, ...refused },
    },
  },
  "/v1/links/{linkId}/tokens": {
    post: {
      ...byParty("links"),
      summary: "A token, asked by the receiving party of a link, for the giving one",
      parameters: [
        { name: "linkId", in: "path", required: true, schema: { type: "string", format: "uuid" } },
      ],
      responses: { 200: { description: "The token", content: json(linkToken) }, ...refused },
    },
  },
  "/v1/acknowledgements": {
    post: {
      ...operation("What was done with a version", acknowledgement, acknowledgement),
      ...byParty("attributes"),
      parameters: [idempotencyKey],
    },
  },
};
