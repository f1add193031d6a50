import { type QrCode, qrOf } from "./qr.ts";

/** What a person sees on the CA's login page. */
export interface LoginPage {
  /** Opens the app on the device where the browser is. */
  here: string;
  /** The content of the code, for another device. */
  elsewhere: string;
  qr: QrCode;
  number: number;
}

const unescape = (html = "") => html.replaceAll("&amp;", "&");

/** Parses the CA's login page. @throws Error if it is another page */
export function readLoginPage(html: string): LoginPage {
  const here = unescape(/class="open" href="([^"]+)"/.exec(html)?.[1]);
  const elsewhere = unescape(/data-link="([^"]+)"/.exec(html)?.[1]);
  const number = Number(/id="number">(\d\d)</.exec(html)?.[1]);
  if (here === "" || elsewhere === "" || Number.isNaN(number))
    throw new Error("The CA shows another page than that of a login.");
  return { here, elsewhere, qr: qrOf(elsewhere), number };
}
