import { Gateway } from "../../client/app/gateway.ts";
import { answerLogin, type OpenLogin } from "../../client/app/login.ts";
import { BankLogin } from "./bank-login.ts";
import type { Phone } from "./phone.ts";
import { Resident } from "./resident.ts";
import { stack } from "./stack.ts";

export const gateway = new Gateway(stack.gateway);
export const everything = { agree: ["terms" as const, "register-refresh" as const, "disclosure" as const] };
export const attributes = JSON.stringify({
  userinfo: {
    verified_claims: { verification: { trust_framework: null }, claims: { name: null, address: null } },
  },
});

/** A bank with a site, and a customer with its app. */
export async function bankAndCustomer(
  wishes = {},
  phone?: Phone,
): Promise<{ bank: BankLogin; resident: Resident }> {
  const bank = await BankLogin.of();
  const resident = await Resident.enrolled({ ...everything, party: bank.partyId, ...wishes }, phone);
  return { bank, resident };
}

export const approve = (resident: Resident, login: OpenLogin, number?: number) =>
  answerLogin(gateway, resident.enrolment, login, {
    decision: "approve",
    ...(number === undefined ? {} : { number }),
  });
