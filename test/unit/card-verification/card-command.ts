import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, jest } from "@jest/globals";
import { Command } from "commander";
import { cardCommand } from "../../../cli/card.ts";
import { makeCms } from "./test-cms.ts";
import { rsa, signCaName, TestCa } from "./test-pki.ts";

export const ca = new TestCa(signCaName("JPKI-TEST"));
const other = new TestCa(signCaName("JPKI-TEST"));
export const card = rsa();
export const certificate = ca.issue(card);
const content = Buffer.from("signed text");
export const at = ["--at", "2026-06-01T00:00:00Z"];

export let folder: string;
export const path = (name: string) => join(folder, name);
export function withCardFiles(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kazasu-card-verify-"));
    const cms = makeCms({ content, certificate, ...card });
    writeFileSync(path("cms.der"), cms);
    writeFileSync(path("cms.pem"), `-----BEGIN CMS-----\n${cms.toString("base64")}\n-----END CMS-----\n`);
    writeFileSync(path("detached.der"), makeCms({ content, certificate, ...card, detached: true }));
    writeFileSync(path("content.txt"), content);
    writeFileSync(path("ca.pem"), ca.pem);
    writeFileSync(path("ca.der"), ca.certificate);
    writeFileSync(path("other.pem"), other.pem);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    process.exitCode = undefined;
  });
}

export async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((text) => void out.push(String(text)));
  const error = jest.spyOn(console, "error").mockImplementation((text) => void err.push(String(text)));
  try {
    const program = new Command("kazasu").exitOverride();
    cardCommand(program);
    await program.parseAsync(["card", "verify", ...args], { from: "user" });
    return { out: out.join("\n"), err: err.join("\n"), code: process.exitCode };
  } finally {
    log.mockRestore();
    error.mockRestore();
    process.exitCode = undefined;
  }
}
