import { randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { keyedHash } from "../../registry/sealing.ts";
import { readCookie, setCookie } from "../cookie.ts";
import { cookieNames } from "./cookie.ts";

/** How long a browser is recognised after a login, seconds. */
const knownSeconds = 90 * 86_400;
const half = 16;

const macOf = (secret: Uint8Array, id: Uint8Array): Buffer =>
  keyedHash(secret, "console-known-browser", id).subarray(0, half);

/**
 * Marks a browser in which an operator has logged in: the mark identifies nobody and grants nothing. Later logins from it are
 * rate-limited separately, so that strangers at the same address cannot lock the operator out.
 */
export function markKnown(reply: FastifyReply, secret: Uint8Array | undefined): void {
  if (secret === undefined) return;
  const id = randomBytes(half);
  const value = Buffer.concat([id, macOf(secret, id)]).toString("base64url");
  setCookie(reply, cookieNames.known, value, knownSeconds);
}

/** The mark of a recognised browser, or `undefined`. */
export function knownBrowser(request: FastifyRequest, secret: Uint8Array | undefined): string | undefined {
  if (secret === undefined) return undefined;
  const value = readCookie(request, cookieNames.known);
  const bytes = Buffer.from(value ?? "", "base64url");
  const id = bytes.subarray(0, half);
  const isOurs = bytes.length === 2 * half && timingSafeEqual(bytes.subarray(half), macOf(secret, id));
  return isOurs ? value : undefined;
}
