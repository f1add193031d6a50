/** `@jest/globals` for a test file; which file it is for, modules.mjs appends to the URL. */
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } =
  globalThis[Symbol.for("kazasu.jest.globals")];
