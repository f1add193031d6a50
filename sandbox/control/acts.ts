import type { Act } from "./act.ts";
import { answer } from "./acts/answer.ts";
import { auto } from "./acts/auto.ts";
import { consents } from "./acts/consents.ts";
import { enrol } from "./acts/enrol.ts";
import { inbox } from "./acts/inbox.ts";
import { login } from "./acts/login.ts";
import { move } from "./acts/move.ts";
import { newPhones } from "./acts/new-phones.ts";
import { notMe } from "./acts/not-me.ts";
import { notices } from "./acts/notices.ts";
import { openLoginAct } from "./acts/open-login.ts";
import { personPage } from "./acts/person-page.ts";
import { reads } from "./acts/reads.ts";
import { register } from "./acts/register.ts";
import { tap } from "./acts/tap.ts";
import { townHall } from "./acts/town-hall.ts";

/** All acts of a person. */
export const acts: readonly Act[] = [
  notices,
  enrol,
  tap,
  move,
  openLoginAct,
  login,
  personPage,
  inbox,
  answer,
  newPhones,
  notMe,
  consents,
  reads,
  auto,
  townHall,
  register,
];
