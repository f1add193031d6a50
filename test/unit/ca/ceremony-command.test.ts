import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse, stringify } from "yaml";
import { catchConsole, path, run } from "./ceremony-console.ts";
import { plan } from "./ceremony-holding.ts";
import { passphrase } from "./passphrase.ts";

catchConsole();

async function prepare(): Promise<string> {
  const operators = [];
  for (const name of ["Hanako", "Taro"]) {
    const { output } = await run("operator-key", "--name", name, "--out", path(`${name}.json`));
    operators.push(JSON.parse(output[0] ?? ""));
  }
  const config = path("ceremony.yaml");
  writeFileSync(
    config,
    stringify({ keys: path("keys"), plan: plan("g1"), approval: { needed: 2, operators } }),
  );
  writeFileSync(path("statement.json"), (await run("plan", "--config", config)).output[0] ?? "");
  for (const name of ["Hanako", "Taro"]) {
    const key = path(`${name}.json`);
    await run("approve", "--statement", path("statement.json"), "--key", key, "--out", path(`${name}.jws`));
  }
  writeFileSync(path("passphrase"), `${passphrase}\n`, { mode: 0o600 });
  return config;
}

const hold = (config: string, ...approvals: string[]) =>
  run(
    "hold",
    "--config",
    config,
    "--statement",
    path("statement.json"),
    "--approval",
    ...approvals,
    "--passphrase-file",
    path("passphrase"),
  );

describe("kazasu ceremony", () => {
  test("ok/ operator-key, plan, approve, hold, verify; nothing printed is a secret", async () => {
    const printed: string[] = [];
    const config = await prepare();
    expect(statSync(path("Hanako.json")).mode & 0o777).toBe(0o600);
    const held = await hold(config, path("Hanako.jws"), path("Taro.jws"));
    expect(held.code).toBe(0);
    const [, sha256 = ""] = /SHA-256: ([0-9a-f]{64})/.exec(held.output.join("\n")) ?? [];
    const report = path("keys/authority/g1/ceremony-report.jws");
    const verified = await run("verify", "--report", report, "--root", sha256);
    expect(verified).toEqual({
      output: ["The report of g1 holds: 3 keys, 3 certificates, approved by Hanako and Taro."],
      code: 0,
    });
    printed.push(...held.output, ...verified.output);
    const { d } = JSON.parse(readFileSync(path("Hanako.json"), "utf8")).jwk;
    for (const secret of [passphrase, d, "PRIVATE KEY"]) expect(printed.join("\n")).not.toContain(secret);

    const other = await run("verify", "--report", report, "--root", "00".repeat(32));
    expect(other).toEqual({
      output: ["kazasu ceremony verify: The root is not the one you specified."],
      code: 2,
    });
    rmSync(path("keys/authority/g1/g1-root.crt.pem"));
    const missing = await run("verify", "--report", report, "--root", sha256);
    expect(missing.output.join()).toContain("certificate g1-root");
    expect(missing.code).toBe(2);
    rmSync(path("keys"), { recursive: true });
  });

  test("fail/ one approval is refused, before anything is made, with exit code 2", async () => {
    for (const name of ["Hanako", "Taro"]) rmSync(path(`${name}.json`), { force: true });
    const config = await prepare();
    const { output, code } = await hold(config, path("Taro.jws"));
    expect(output.join()).toContain("refused. It takes 2 operators, and 1 approved");
    expect(code).toBe(2);
    expect(readdirSync(path("."))).not.toContain("keys");

    const { output: mistakes } = await run(
      "plan",
      "--config",
      changed(config, (all) => delete all.plan.issuing),
    );
    expect(mistakes.join()).toContain("plan.issuing");
  });

  test("fail/ a passphrase that others may read, an operator's key too, an empty secret", async () => {
    for (const name of ["Hanako", "Taro"]) rmSync(path(`${name}.json`), { force: true });
    const config = await prepare();
    const both = [path("Hanako.jws"), path("Taro.jws")];
    chmodSync(path("passphrase"), 0o640);
    await expect(hold(config, ...both)).rejects.toThrow("set mode 0600");
    chmodSync(path("passphrase"), 0o600);
    writeFileSync(path("passphrase"), "\n");
    await expect(hold(config, ...both)).rejects.toThrow("does not hold a secret in one line");
    chmodSync(path("Hanako.json"), 0o644);
    const approve = run(
      "approve",
      "--statement",
      path("statement.json"),
      "--key",
      path("Hanako.json"),
      "--out",
      path("x"),
    );
    await expect(approve).rejects.toThrow("Others may read the operator's key");
  });
});

function changed(config: string, change: (all: { plan: { issuing?: unknown } }) => void): string {
  const all = parse(readFileSync(config, "utf8"));
  change(all);
  writeFileSync(path("changed.yaml"), stringify(all));
  return path("changed.yaml");
}
