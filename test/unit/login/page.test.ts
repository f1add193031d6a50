import { expect, test } from "@jest/globals";
import { loginPage, messagePage } from "../../../gateway/login/page.ts";

const page = (party: string) =>
  loginPage({
    language: "en",
    party,
    number: 47,
    linkHere: "https://ca.example/login/1?via=link&x=1",
    linkElsewhere: "https://ca.example/login/1?via=qr",
    path: "/openid/login/abc",
    nonce: "bm9uY2U=",
  });

test("ok/who asks, the link, the code, the number, and a way out", () => {
  const { html, directives } = page("Test Bank");
  expect(html).toContain("<strong>Test Bank</strong>");
  expect(html).toContain('href="https://ca.example/login/1?via=link&amp;x=1"');
  expect(html).toContain("<svg");
  expect(html).toContain('id="number">47<');
  expect(html).toContain('href="/openid/login/abc/cancel"');
  expect(directives).toMatchObject({ "default-src": ["'none'"], "frame-ancestors": ["'none'"] });
});

test("fail/a name with markup stays a name, and no script runs but ours", () => {
  const { html, directives } = page(`<script>alert(1)</script>"'&`);
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toMatch(/ on[a-z]+=/);
  expect(JSON.stringify(directives)).not.toContain("unsafe");
});

test("fail/a message is a text", () => {
  expect(messagePage("ja", "<b>", "<i>", "n").html).toContain("&lt;b&gt;");
});
