import { setImmediate } from "node:timers/promises";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSealedVault } from "../../src/adapters/local/sealed-vault.ts";
import { createSqliteProfileStore } from "../../src/adapters/local/sqlite-profile-store.ts";
import { type RenewalPorts, renewTokens } from "../../src/connection/renew-tokens.ts";
import type { OAuthSheet } from "../../src/sdk/auth/oauth-sheet.ts";
import { ConnectorError } from "../../src/sdk/connector-error.ts";
import type { HttpAnswer, HttpRequest } from "../../src/sdk/http/dispatch.ts";
import type { Secret } from "../../src/sdk/secret.ts";
import { sampleProfile } from "../support/sample-profile.ts";

/*
 * Workers that use one profile at once, against a system that rotates its refresh tokens and ends the connection when an
 * old one comes again. Every call of a port has two moments at which others may go on, or the worker may die: before it
 * takes effect, and before its result is known. Chance picks who goes on; the clock is the world's own.
 */

export interface WorldOptions {
  readonly seed: number;
  readonly workers: number;
  /** How likely a worker dies at each moment. Another takes its place. */
  readonly crashes: number;
  /** Every claim is given: what happens without claims. */
  readonly withoutClaims?: boolean;
}

export interface WorldEnd {
  readonly loggedOut: boolean;
  /** A worker died after the system had spent the refresh token, and before the new one was in the vault. */
  readonly lostInWindow: boolean;
  readonly renewals: number;
  readonly crashes: number;
  /** Access tokens that were used before the vault had them. */
  readonly usedBeforeStored: readonly string[];
  /** What workers failed with, while the connection was good. */
  readonly failures: readonly unknown[];
}

const SHEET: OAuthSheet = {
  grant: "authorization-code",
  tokenUrl: new URL("https://id.example/token"),
  content: "json",
};
const NAME = "crm";
const USES = 3;
/** Nobody waits longer at one moment; a call has two. */
const LONGEST_WAIT_MS = 10_000;

interface Moment {
  readonly worker: Worker;
  readonly at: number;
  readonly go: () => void;
}

interface Worker {
  /** The system has spent the token that this worker sent, and the vault does not know the new one. */
  inWindow: boolean;
}

export async function runWorld({ seed, workers, crashes, withoutClaims = false }: WorldOptions): Promise<WorldEnd> {
  const chance = randomOf(seed);
  const database = openDatabase(":memory:");
  const profiles = createSqliteProfileStore(database);
  const place = { region: "eu-west-1", account: "111122223333" };
  const vault = createSealedVault({ database, key: new Uint8Array(32), place });
  const first = { clientId: "app", clientSecret: "app-secret", accessToken: "at-0", refreshToken: "rt-0" };
  const credentialsArn = await vault.create(NAME, first);
  await profiles.create(sampleProfile(NAME, { credentialsArn }));

  let now = 1_800_000_000_000;
  let ids = 0;
  let crashed = 0;
  let lostInWindow = false;
  let moments: Moment[] = [];
  const stored = new Set(["at-0"]);
  const usedBeforeStored: string[] = [];
  const failures: unknown[] = [];
  const system = { generation: 0, valid: true, loggedOut: false };

  const moment = (worker: Worker, after = 0) =>
    new Promise<void>((resolve) => void moments.push({ worker, at: now + after, go: resolve }));
  const call = async <T>(worker: Worker, effect: () => Promise<T> | T): Promise<T> => {
    await moment(worker);
    const result = await effect();
    await moment(worker);
    return result;
  };

  const refresh = (request: HttpRequest, worker: Worker): HttpAnswer => {
    const { refresh_token: token } = JSON.parse((request.body as Secret).reveal()) as Record<string, string>;
    if (system.loggedOut || token !== `rt-${system.generation}`) {
      system.loggedOut = true;
      return answer(400, { error: "invalid_grant" });
    }
    system.generation++;
    system.valid = true;
    worker.inWindow = true;
    return answer(200, { access_token: `at-${system.generation}`, refresh_token: `rt-${system.generation}` });
  };

  const portsOf = (worker: Worker): RenewalPorts => ({
    profiles: {
      get: (name) => call(worker, () => profiles.get(name)),
      claimRenewal: (name, claim) =>
        call(worker, async () => (await profiles.claimRenewal(name, claim)) || withoutClaims),
      releaseRenewal: (name, holder) => call(worker, () => profiles.releaseRenewal(name, holder)),
    },
    vault: {
      ...vault,
      read: (arn) => call(worker, () => vault.read(arn)),
      replace: (arn, credentials, version) =>
        call(worker, async () => {
          const done = await vault.replace(arn, credentials, version);
          if (done) stored.add(credentials["accessToken"] as string);
          worker.inWindow = false;
          return done;
        }),
    },
    sheetOf: async () => SHEET,
    send: (request) => call(worker, () => refresh(request, worker)),
    now: () => now,
    wait: (milliseconds) => moment(worker, milliseconds),
    id: () => `holder-${++ids}`,
  });

  const work = async (worker: Worker): Promise<void> => {
    const { vault, profiles, ...ports } = portsOf(worker);
    for (let use = 0; use < USES; use++) {
      const profile = (await profiles.get(NAME))!;
      const read = { ...(await vault.read(profile.credentialsArn))!, arn: profile.credentialsArn };
      for (let current = read; ;) {
        const token = current.credentials["accessToken"] as string;
        if (!stored.has(token)) usedBeforeStored.push(token);
        const accepted = await call(worker, () => system.valid && token === `at-${system.generation}`);
        if (accepted || system.loggedOut) break;
        current = await renewTokens(NAME, current, { ...ports, vault, profiles });
      }
      // Tokens expire while others use them.
      if (chance() < 0.5) system.valid = false;
    }
  };

  let running = 0;
  const start = () => {
    running++;
    const worker: Worker = { inWindow: false };
    work(worker).then(
      () => running--,
      (error: unknown) => {
        running--;
        if (!system.loggedOut && !(error instanceof ConnectorError && error.code === "RequestTimeout")) {
          failures.push(error);
        }
      },
    );
  };
  for (let i = 0; i < workers; i++) start();

  while (running > 0) {
    await setImmediate();
    if (moments.length === 0) continue;
    // Time passes, but for nobody more than a call may take.
    const oldest = Math.min(...moments.map(({ at }) => at));
    const leap = chance() < 0.05 ? LONGEST_WAIT_MS : 4000;
    now = Math.max(now, oldest, Math.min(now + Math.round(chance() * leap), oldest + LONGEST_WAIT_MS - 1000));
    const due = moments.filter(({ at }) => at <= now);
    const late = due.filter(({ at }) => at < now - LONGEST_WAIT_MS + 2000);
    const choices = late.length > 0 ? late : due;
    const chosen = choices[Math.floor(chance() * choices.length)]!;
    moments = moments.filter((each) => each !== chosen);
    if (chance() >= crashes) chosen.go();
    else {
      crashed++;
      lostInWindow ||= chosen.worker.inWindow;
      running--;
      start();
    }
  }
  database.close();
  return {
    loggedOut: system.loggedOut,
    lostInWindow,
    renewals: system.generation,
    crashes: crashed,
    usedBeforeStored,
    failures,
  };
}

function answer(status: number, json: unknown): HttpAnswer {
  const body = new Blob([JSON.stringify(json)]).stream() as ReadableStream<Uint8Array>;
  return { status, headers: new Headers(), url: SHEET.tokenUrl, body };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
