/**
 * Modules of dist/ at their place in 0.1.0, for scripts that import them from a built clone: each re-exports the module at its
 * new place (docs/how-to/publish.md).
 */
export const movedModules = {
  "cli/phone.js": 'export * from "../sandbox/devices/simulated-card.js";\n',
  "client/operator/operator.js": 'export { Engine as Operator } from "../engine/engine.js";\n',
  "client/operator/passing.js": 'export * from "../engine/passing.js";\n',
  "client/operator/workflow-ids.js": 'export * from "../engine/workflow-ids.js";\n',
};
