import { activated } from "../../protocol/activation.ts";
import { applied, envelope } from "../../protocol/application.ts";
import { challengeAnswer, challengeRequest } from "../../protocol/challenge.ts";
import { consentChanged, sealedAnswer } from "../../protocol/consent.ts";
import { frozen } from "../../protocol/freeze.ts";
import { linkDatasets, linkRequested } from "../../protocol/link.ts";
import { loginAnswerBody, loginAnswered } from "../../protocol/login.ts";
import { answered, pushSubscribed } from "../../protocol/notification.ts";
import { operationDone, operationRequest } from "../../protocol/operation.ts";
import { openedVisit, visitAnswer, visitAnswered, visitQuestion } from "../../protocol/page-visit.ts";
import { phoneMessage } from "../../protocol/phone-message.ts";
import { keyCompromiseReport, revoked } from "../../protocol/revocation.ts";
import { json, operation, type Paths, refused } from "./operation.ts";

/** What phones ask, and operators. */
export const phonePaths: Paths = {
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
    post: operation("What waits for the person, sealed to the question's key", phoneMessage, sealedAnswer),
  },
  "/v1/answers": {
    post: operation("The one press: confirm or decline what was shown", phoneMessage, answered),
  },
  "/v1/logins/questions": {
    post: operation("What a login is about, sealed to the question's key", phoneMessage, sealedAnswer),
  },
  "/v1/logins/answers": {
    post: operation("Approve or decline a login, and sign what goes with it", loginAnswerBody, loginAnswered),
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
  "/v1/freezes": {
    post: operation(
      "This was not me: stop the new phone that a notice to this phone is about, for ever",
      phoneMessage,
      frozen,
    ),
  },
  "/v1/link-requests": {
    post: operation(
      "Ask the person for a link to this phone's party; decline it, or take it back",
      phoneMessage,
      linkRequested,
    ),
  },
  "/v1/parties/{partyId}/datasets": {
    get: {
      summary: "What a party may give to others under a link, in the words that apps ask for it by",
      parameters: [{ name: "partyId", in: "path", required: true, schema: { type: "string" } }],
      responses: {
        200: { description: "The datasets, each with its purpose", content: json(linkDatasets) },
        ...refused,
      },
    },
  },
  "/v1/page-visits/questions": {
    post: operation(
      "What a tap for the CA's own page is: nothing that the page shows",
      visitQuestion,
      openedVisit,
    ),
  },
  "/v1/page-visits/answers": {
    post: operation("What the card signed for the CA's own page", visitAnswer, visitAnswered),
  },
  "/v1/key-compromises": {
    post: operation(
      "Show that a private key is no secret any more: everything that certifies it is revoked",
      keyCompromiseReport,
      revoked,
    ),
  },
  "/v1/notices/{sha256}": {
    get: {
      summary: "The text of a published notice",
      parameters: [{ name: "sha256", in: "path", required: true, schema: { type: "string" } }],
      responses: {
        200: { description: "The text", content: { "text/plain": { schema: { type: "string" } } } },
        ...refused,
      },
    },
  },
  "/v1/operations": {
    post: operation(
      "For operators: carry out what enough of them have approved",
      operationRequest,
      operationDone,
    ),
  },
};
