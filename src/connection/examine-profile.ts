import type { OAuthSheet } from "../sdk/auth/oauth-sheet.ts";
import { ConnectorError } from "../sdk/connector-error.ts";
import type { Connector } from "../sdk/connector.ts";
import { Credentials } from "../sdk/credentials.ts";
import type { Dispatch } from "../sdk/http/dispatch.ts";
import type { HttpSheet, OpenedProfile } from "../sdk/http/http-sheet.ts";
import { readLimits } from "../sdk/http/read-limits.ts";
import type { JsonObject } from "../sdk/json.ts";
import { createRedactor, type Redact } from "../sdk/redact.ts";
import { browseEntities, browseFields } from "./browse-entities.ts";
import type { Browsed, BrowsePorts } from "./browse-entities.ts";
import { ConnectorFunctionError } from "./connector-function.ts";
import { examineReach } from "./examine-reach.ts";
import { type Finding, messageOf, wrong } from "./finding.ts";
import { expiryOf } from "./oauth-credentials.ts";
import { observeAnswers, type ObservedAnswers } from "./observe-answers.ts";
import type { Profile } from "./profile.ts";
import { type ProfileRenewalPorts, renewProfile, sheetsOf } from "./renew-profile.ts";
import type { StoredCredentials } from "./vault.ts";

export interface ExaminePorts extends ProfileRenewalPorts {
  readonly connectors: readonly Connector[];
  /** The way to look through the profile, with requests that go this way. */
  readonly browse: (send: Dispatch) => BrowsePorts;
}

/** A profile, and what it lets us look at. */
export type ExaminedProfile = Browsed & { readonly profile: Profile };

/** A token that ends sooner is renewed. */
const DUE_MS = 60_000;

/** Signatures are refused, and windows are wrong, long after this. */
const CLOCK_LIMIT_MS = 30_000;

/**
 * Looks at whatever a profile needs, as the connector declares it, and tells what it finds as it goes: whether its credentials
 * can be read and are good, whether its system can be reached, whether it lets us look around, whether the clocks agree, and
 * how much of its limits is left. A few requests that only read are made; tokens that are about to end are renewed. Never fails
 * with what is wrong with the profile or its system.
 */
export async function* examineProfile(examined: ExaminedProfile, ports: ExaminePorts): AsyncGenerator<Finding> {
  const { connector, registration } = examined;
  const observed = observeAnswers(ports.send, ports.now);
  const stored = yield* examineCredentials(examined, ports);
  if (stored === undefined) return;
  const redact = createRedactor(new Credentials(stored.credentials).all());
  const sheet = connector.profile?.http;
  if (sheet === undefined && registration === undefined) {
    const message = `this engine keeps flows with ${connector.label}, and makes no requests to it: their runs fail`;
    yield { check: "reach", state: "wrong", message, remedy: "`millrace connectors list` shows what moves data" };
    return;
  }
  const opened = openedBy(examined, stored);
  const isReached = sheet === undefined || (yield* examineReach(sheet, opened, { send: observed.send, redact }));
  if (!isReached) return;
  yield* examinePermissions(examined, { ports, observed, redact, stored });
  yield examineClock(observed);
  if (sheet !== undefined) yield* examineQuota(sheet, observed, ports.now());
}

/** Gives the credentials as they are after it; undefined when they are of no use. */
async function* examineCredentials(
  { connector, profile }: ExaminedProfile,
  ports: ExaminePorts,
): AsyncGenerator<Finding, StoredCredentials | undefined> {
  const check = "credentials";
  let stored: StoredCredentials | undefined;
  try {
    stored = await ports.vault.read(profile.credentialsArn);
  } catch (error) {
    const remedy = "give the engine the key that they were sealed with (MILLRACE_KEY_FILE), or access to them";
    yield { check, state: "wrong", message: messageOf(error), remedy };
    return undefined;
  }
  if (stored === undefined) {
    yield { check, state: "wrong", message: "they are gone", remedy: CONNECT_AGAIN };
    return undefined;
  }
  const problems = connector.profile?.check(propertiesOf(connector, profile), stored.credentials) ?? [];
  for (const { path, message, remedy = CONNECT_AGAIN } of problems) {
    yield { check, state: "wrong", message: `${path}: ${message}`, remedy };
  }
  if (problems.length > 0) return undefined;
  const redact = createRedactor(new Credentials(stored.credentials).all());
  try {
    const sheet = await sheetsOf(ports.connectors, ports.registrations)(profile, stored.credentials);
    const endsAt = expiryOf(sheet, stored.credentials);
    if (sheet === undefined || endsAt === undefined || endsAt > ports.now() + DUE_MS) {
      yield { check, state: "ok", message: `they can be read${lifetimeText(sheet, endsAt)}` };
      return stored;
    }
    await renewProfile(profile, ports.connectors, ports);
    const renewed = (await ports.vault.read(profile.credentialsArn)) ?? stored;
    const text = lifetimeText(sheet, expiryOf(sheet, renewed.credentials));
    yield { check, state: "ok", message: `the access token was at its end and has been renewed${text}` };
    return renewed;
  } catch (error) {
    yield wrong(check, error, redact, CONNECT_AGAIN);
    return undefined;
  }
}

const CONNECT_AGAIN = "connect again: give the profile new credentials, with UpdateConnectorProfile";

function lifetimeText(sheet: OAuthSheet | undefined, endsAt: number | undefined): string {
  if (sheet === undefined) return "";
  return endsAt === undefined
    ? "; nothing tells when the access token ends"
    : `; the access token is good until ${new Date(endsAt).toISOString()}`;
}

interface Examination {
  readonly observed: ObservedAnswers;
  readonly redact: Redact;
  readonly ports: ExaminePorts;
  readonly stored: StoredCredentials;
}

/** Looks around as a person would: that needs the credentials, changes nothing, and costs a request or two. */
async function* examinePermissions(
  examined: ExaminedProfile,
  { ports, observed, redact, stored }: Examination,
): AsyncGenerator<Finding> {
  const { connector, profile, registration } = examined;
  const browse = ports.browse(observed.send);
  const before = requestsOf(examined, stored, observed);
  const hasAsked = () => registration !== undefined || requestsOf(examined, stored, observed) > before;
  try {
    let seen = await lookAround(examined, browse);
    const probe = connector.profile?.http?.probe;
    if (!hasAsked() && probe !== undefined) seen = await readProbe(probe, examined, browse);
    const now = await ports.vault.read(profile.credentialsArn);
    if (now !== undefined && now.version !== stored.version) {
      yield { check: "credentials", state: "ok", message: "the access token was not accepted, and has been renewed" };
    }
    yield hasAsked()
      ? { check: "permissions", state: "ok", message: seen }
      : { check: "permissions", state: "unknown", message: `${connector.label} ${UNTOLD}` };
  } catch (error) {
    if (!(error instanceof ConnectorError || error instanceof ConnectorFunctionError)) throw error;
    yield refusalOf(error, redact, connector);
  }
}

const UNTOLD = "tells what it has without being asked: `millrace preview` of a flow shows whether records can be read";

function requestsOf(examined: ExaminedProfile, stored: StoredCredentials, observed: ObservedAnswers): number {
  const addresses = examined.connector.profile?.http?.addresses(openedBy(examined, stored)) ?? [];
  return addresses.reduce((sum, { origin }) => sum + observed.sentTo(origin), 0);
}

async function readProbe(path: string, { connector, profile }: ExaminedProfile, ports: BrowsePorts): Promise<string> {
  const { connection } = await ports.openSession(connector, profile);
  const { body } = await connection.send({ method: "GET", url: connection.url(path) });
  await body.cancel();
  return `${path} can be read`;
}

async function lookAround(browsed: Browsed, ports: BrowsePorts): Promise<string> {
  const { entities } = await browseEntities(browsed, { path: undefined, next: undefined, limit: 1 }, ports);
  const [first] = entities;
  if (first === undefined) return "entities can be listed; there are none";
  if (first.hasNested) return `entities can be listed, such as ${first.name}`;
  await browseFields(browsed, first.name, ports);
  return `entities can be listed, and the fields of ${first.name} be read`;
}

function refusalOf(
  error: ConnectorError | ConnectorFunctionError,
  redact: Redact,
  { label, docs }: Connector,
): Finding {
  if (error instanceof ConnectorFunctionError) {
    return wrong("reach", error, redact, "let the engine call the function of the connector");
  }
  switch (error.code) {
    case "InvalidCredentials":
      return wrong("credentials", error, redact, CONNECT_AGAIN);
    case "RateLimitExceeded":
      return wrong("quota", error, redact, "wait until the system lets requests pass again, or raise its limit");
    case "AccessDenied":
      return wrong(
        "permissions",
        error,
        redact,
        `have ${label} allow it to the profile's user or application: ${docs}`,
      );
    default:
      return wrong("permissions", error, redact, `see ${docs}`);
  }
}

function examineClock(observed: ObservedAnswers): Finding {
  const check = "clock";
  const clock = observed.clock();
  if (clock === undefined) return { check, state: "unknown", message: "the system does not tell its time" };
  const { origin, aheadMs, uncertaintyMs } = clock;
  const off = Math.abs(aheadMs);
  if (off <= CLOCK_LIMIT_MS + uncertaintyMs) {
    return { check, state: "ok", message: `this machine's and that of ${origin} agree` };
  }
  const message = `this machine's is ${Math.round(off / 1000)} s ${aheadMs < 0 ? "ahead of" : "behind"} that of ${origin}`;
  const remedy = "set it by a time server: tokens, signatures and windows of incremental runs go by it";
  return { check, state: "wrong", message, remedy };
}

function* examineQuota(sheet: HttpSheet, observed: ObservedAnswers, now: number): Generator<Finding> {
  const check = "quota";
  const headers = observed.lastHeaders() ?? new Headers();
  const limits = sheet.readLimits?.(headers, now) ?? readLimits(headers, now);
  if (limits.length === 0) yield { check, state: "unknown", message: "the system's answers do not tell what is left" };
  for (const { name, remaining, requests, resetsInMs } of limits) {
    const whole = requests === undefined ? "" : ` of ${requests}`;
    const seconds = Math.ceil(resetsInMs / 1000);
    const message = `${name === "" ? "the account" : name}: ${remaining}${whole} requests are left`;
    yield remaining > 0
      ? { check, state: "ok", message }
      : { check, state: "wrong", message, remedy: `wait ${seconds} s`, mayPass: true };
  }
}

function openedBy({ connector, profile }: ExaminedProfile, { credentials }: StoredCredentials): OpenedProfile {
  return { properties: propertiesOf(connector, profile), credentials: new Credentials(credentials) };
}

function propertiesOf({ key }: Connector, { properties }: Profile): JsonObject {
  return (properties[key] ?? {}) as JsonObject;
}
