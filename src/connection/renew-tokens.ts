import type { OAuthSheet } from "../sdk/auth/oauth-sheet.ts";
import { ConnectorError } from "../sdk/connector-error.ts";
import { limitTime } from "../sdk/http/limit-time.ts";
import type { JsonObject } from "../sdk/json.ts";
import { type ObtainPorts, renewedCredentials } from "./oauth-credentials.ts";
import type { ProfileStore } from "./profile-store.ts";
import type { Profile } from "./profile.ts";
import type { StoredCredentials, Vault } from "./vault.ts";

export interface RenewalPorts extends ObtainPorts {
  readonly profiles: Pick<ProfileStore, "get" | "claimRenewal" | "releaseRenewal">;
  readonly vault: Vault;
  /** How a profile's tokens are got; undefined for a profile without. */
  readonly sheetOf: (profile: Profile, credentials: JsonObject) => Promise<OAuthSheet | undefined>;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** A new UUID. */
  readonly id: () => string;
}

/** Credentials as they were read, by which they are known again. */
export interface ReadCredentials extends StoredCredentials {
  readonly arn: string;
}

/**
 * How long the right to renew lasts when its holder dies. Nobody else may send the token before this holder's request is
 * given up, and its answer stored; so a request is not begun when less than the time for both is left.
 */
const CLAIM_MS = 120_000;
const REQUEST_MS = 20_000;
const STORE_MS = 40_000;
const POLL_MS = 200;
const MAX_STORES = 6;

/**
 * Gives credentials with other tokens than the spent ones: those that somebody else got meanwhile, or new ones. New tokens
 * are in the vault before they are used. Whoever does not get the right to renew waits and looks again. When the renewal
 * fails the stored tokens stay. Fails with a `ConnectorError`.
 *
 * One window stays open, in OAuth itself (RFC 6749, section 6): a system that rotates refresh tokens spends the old one
 * when the request arrives, and we know the new one when its answer has been stored. If this process dies or loses the
 * answer in between, or cannot store it for as long as its claim lasts, nobody else knows the new token; the next renewal
 * sends the old one, and a system that sees in this a thief (RFC 9700, section 4.14.2) ends the connection, which then
 * must be made anew by a person.
 */
export async function renewTokens(
  name: string,
  spent: Pick<ReadCredentials, "arn" | "version">,
  ports: RenewalPorts,
): Promise<ReadCredentials> {
  for (;;) {
    const renewed = await otherThan(spent, name, ports);
    if (renewed !== undefined) return renewed;
    const now = ports.now();
    const claim = { holder: ports.id(), now, until: now + CLAIM_MS };
    if (!(await ports.profiles.claimRenewal(name, claim))) await ports.wait(POLL_MS);
    else {
      try {
        await renew(name, spent, claim.until, ports);
      } finally {
        await ports.profiles.releaseRenewal(name, claim.holder);
      }
    }
  }
}

/** Undefined while what is stored is what was spent. */
async function otherThan(
  spent: Pick<ReadCredentials, "arn" | "version">,
  name: string,
  ports: RenewalPorts,
): Promise<ReadCredentials | undefined> {
  const { read } = await current(name, ports);
  return read.arn === spent.arn && read.version === spent.version ? undefined : read;
}

async function current(
  name: string,
  { profiles, vault }: RenewalPorts,
): Promise<{ readonly profile: Profile; readonly read: ReadCredentials }> {
  for (;;) {
    const profile = await profiles.get(name);
    if (profile === undefined) throw gone(`The profile ${name} does not exist any more`);
    const read = await vault.read(profile.credentialsArn);
    if (read !== undefined) return { profile, read: { ...read, arn: profile.credentialsArn } };
    // An update gives a profile other credentials and deletes the old ones; between two reads it may have done both.
    if ((await profiles.get(name))?.credentialsArn === profile.credentialsArn) {
      throw gone(`The credentials of the profile ${name} are gone`);
    }
  }
}

/** Renews what is stored, unless somebody has done so before the claim was made. Only with the claim. */
async function renew(
  name: string,
  spent: Pick<ReadCredentials, "arn" | "version">,
  until: number,
  ports: RenewalPorts,
): Promise<void> {
  const { profile, read } = await current(name, ports);
  if (read.arn !== spent.arn || read.version !== spent.version) return;
  const sheet = await ports.sheetOf(profile, read.credentials);
  if (sheet === undefined) throw gone(`The profile ${name} has no tokens, and its credentials are not accepted`);
  const send = limitTime(REQUEST_MS)((request) => {
    if (ports.now() + REQUEST_MS + STORE_MS > until)
      throw new ConnectorError("RequestTimeout", `Renewing ${name} took too long`);
    return ports.send(request);
  });
  const credentials = await renewedCredentials(sheet, read.credentials, { ...ports, send });
  await store(credentials, read, ports);
}

/**
 * Tries again when the vault fails, for nobody else knows the new tokens. When the profile was given other credentials
 * meanwhile, those count, and these tokens are nobody's.
 */
async function store(credentials: JsonObject, read: ReadCredentials, { vault, wait }: RenewalPorts): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await vault.replace(read.arn, credentials, read.version);
      return;
    } catch (error) {
      if (attempt === MAX_STORES) throw error;
      await wait(POLL_MS * 2 ** attempt);
    }
  }
}

function gone(message: string): ConnectorError {
  return new ConnectorError("InvalidCredentials", `${message} — connect again, with new credentials`);
}
