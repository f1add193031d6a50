import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@jest/globals";
import type { Pool } from "pg";
import type { Enrolled } from "../../client/app/one-tap.ts";
import { encode } from "../../protocol/encoding.ts";

export interface JournalLine {
  at: string;
  entry: "intent" | "linted" | "signed" | "stored" | "handed-out";
  intentId: string;
  enrolmentId: string;
  serial: string;
  tbs?: string;
  certificate?: string;
}

interface Held {
  intents: number;
  certificates: { serial: string; der: string }[];
}

/** What the registry and the journal outside it hold of an enrolment. */
export function makeRecords(registry: () => Pool, directory: () => string) {
  const held = async (enrolmentId: string): Promise<Held> => {
    const count = "select count(*)::int as intents from issuance_intents where enrolment_id = $1";
    const all = "select serial, der from certificates where enrolment_id = $1";
    const [intents, certificates] = [
      await registry().query<{ intents: number }>(count, [enrolmentId]),
      await registry().query<{ serial: string; der: Buffer }>(all, [enrolmentId]),
    ];
    return {
      intents: intents.rows[0]!.intents,
      certificates: certificates.rows.map(({ serial, der }) => ({ serial, der: encode(der) })),
    };
  };
  return {
    held,

    /** Exactly one certificate, and it is the one that the phone has. */
    expectOneCertificate: async ({ enrolmentId, certificate }: Enrolled): Promise<string> => {
      const { intents, certificates } = await held(enrolmentId);
      expect(intents).toBe(1);
      expect(certificates.map(({ der }) => der)).toEqual([encode(certificate)]);
      return certificates[0]!.serial;
    },

    /** Every line of the journal about an enrolment, oldest first, whichever process wrote it. */
    journal: async (enrolmentId: string): Promise<JournalLine[]> => {
      const files = await Promise.all(
        (await readdir(directory())).map((name) => readFile(join(directory(), name), "utf8")),
      );
      return files
        .flatMap((text) => text.split("\n").filter((line) => line.endsWith("}")))
        .map((line) => JSON.parse(line) as JournalLine)
        .filter((line) => line.enrolmentId === enrolmentId)
        .toSorted((a, b) => a.at.localeCompare(b.at));
    },
  };
}
