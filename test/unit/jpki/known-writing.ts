import { type Writing } from "../../../pki/jpki/writings.ts";

export const before: Writing = {
  name: "髙﨑　美咲",
  nameSubstitution: "00000",
  address: "東京都港区芝浦一丁目２番３号",
  addressSubstitution: "",
  dateOfBirth: "419900415",
  sex: "female",
};
export const withSome = (more: Partial<Writing>): Writing => ({ ...before, ...more });
