// Plain CommonJS: Temporal loads it by path, both in this process and inside the workflow bundle.
const { DefaultFailureConverter } = require("@temporalio/common");

// Messages and stack traces of failures travel as payloads, so the codec encrypts them too.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
