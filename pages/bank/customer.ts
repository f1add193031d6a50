import { call } from "../frame/calls.ts";

/** A person's register data, as far as they let the bank have it. */
export interface Values {
  name: string | null;
  address: string | null;
  dateOfBirth: string | null;
  sex: string | null;
}

/** An account with its history. */
export interface Account extends Values {
  subject: string;
  customer: string;
  anchorVersion: number;
  changes: {
    anchorVersion: number;
    outcome: string;
    before: Partial<Values>;
    after: Values;
    changedAt: string;
  }[];
}

export interface Order {
  to: string;
  amount: number;
}

/** A transfer as the bank has it. */
export interface Transfer extends Order {
  id: string;
  state: "asked" | "signed" | "not-signed";
  signedAt: string | null;
  transactionId: string | null;
}

/** The state of a request to the phone. */
export interface Asking {
  id: string;
  way: "qr" | "push";
  transfer: Order | null;
  state: "open" | "done" | "declined" | "expired" | "failed";
  reason: string | null;
  expiresAt: string;
  /** While it is open. */
  number?: number;
  here?: string;
  elsewhere?: string;
  qr?: { size: number; path: string };
}

/** What the bank shows this browser. */
export interface Customer {
  canPush: boolean;
  account: Account | null;
  transfers: Transfer[];
  asking: Asking | null;
}

export const readCustomer = (): Promise<Customer> => call("GET", "/bank/customer");

/** An act of this browser's customer. @throws Refused */
export const customerAct = (name: string, body: object = {}): Promise<Customer> =>
  call("POST", `/bank/${name}`, body);

export const yen = (amount: number): string => `${amount.toLocaleString("ja-JP")}円`;
