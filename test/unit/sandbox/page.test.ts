import { expect, test } from "@jest/globals";
import { sandboxPage } from "../../../sandbox/control/page.ts";

test("ok/names, addresses and promises are text, whatever is in them", () => {
  const evil = `"><script>alert(1)</script>'&`;
  const page = sandboxPage(
    [
      {
        person: "plain",
        name: evil,
        address: evil,
        pin: "ABC12345",
        expect: { en: evil, ja: evil },
        auto: { on: true, decision: "confirm" },
        enrolments: [{ party: evil, app: evil, enrolmentId: "1", pseudonym: evil }],
      },
    ],
    { gateway: evil },
    "nonce",
  );
  expect(page).not.toContain("alert(1)</script>");
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).toContain('data-path="/people/plain/enrol"');
  expect(page).toContain("auto: confirm");
});
