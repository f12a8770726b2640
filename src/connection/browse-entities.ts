import { ConnectorError } from "../sdk/connector-error.ts";
import type { BrowseSession, Connector, Source } from "../sdk/connector.ts";
import type { EntityField, EntityPage } from "../sdk/entity.ts";
import type { Json } from "../sdk/json.ts";
import type { ReachedConnector } from "./ask-connector.ts";
import type { ConnectorFunctions } from "./connector-function.ts";
import * as custom from "./custom-connector.ts";
import type { MetadataCache } from "./metadata-cache.ts";
import { profileSettings } from "./profile-settings.ts";
import type { Profile } from "./profile.ts";
import type { Registration } from "./registration.ts";
import { DEFAULT_LIFETIME_MS } from "./read-lifetime.ts";

/** Where to look around: a connector, through a profile where it needs one. */
export interface Browsed {
  readonly connector: Connector;
  readonly profile: Profile | undefined;
  /** Of a registered connector. */
  readonly registration: Registration | undefined;
  /** Of the system's API; undefined for the first that the connector names. */
  readonly apiVersion: string | undefined;
}

export interface BrowsePorts {
  readonly functions: ConnectorFunctions;
  readonly metadata: MetadataCache;
  /** The connection that a profile stands for; without one, that of whoever runs the engine. */
  readonly openSession: (connector: Connector, profile: Profile | undefined) => Promise<BrowseSession>;
  /** Renews a profile's tokens, so that a connector finds valid ones. False when there are none to renew. */
  readonly renewTokens?: (profile: Profile) => Promise<boolean>;
  readonly wait: (ms: number) => Promise<void>;
  readonly now: () => number;
}

/** A page of entities, the one that was told last if that may be kept. Fails with what the connector fails with. */
export function browseEntities(browsed: Browsed, query: custom.ListQuery, ports: BrowsePorts): Promise<EntityPage> {
  const { path, next, limit } = query;
  const entry = [browsed.apiVersion ?? null, path ?? null, next ?? null, limit];
  return remembered(ports, { scope: scopeOf("entities", browsed), entry }, async () => {
    const { registration } = browsed;
    if (registration !== undefined) {
      return custom.listEntities(reached(browsed, registration, ports), contextOf(browsed, registration), query);
    }
    const list = abilityOf(browsed.connector, "entities", "list what it has");
    const session = await ports.openSession(browsed.connector, browsed.profile);
    return { answer: await list(session, query), lifetimeMs: DEFAULT_LIFETIME_MS };
  });
}

/** The fields of an entity, those that were told last if they may be kept; undefined when there is no such entity. */
export async function browseFields(
  browsed: Browsed,
  entity: string,
  ports: BrowsePorts,
): Promise<readonly EntityField[] | undefined> {
  return remembered(ports, { scope: scopeOf("fields", browsed), entry: fieldsEntry(browsed, entity) }, async () => {
    const { registration } = browsed;
    if (registration !== undefined) {
      return custom.describeEntity(reached(browsed, registration, ports), contextOf(browsed, registration), entity);
    }
    const describe = abilityOf(browsed.connector, "describe", "tell its fields");
    const session = await ports.openSession(browsed.connector, browsed.profile);
    return { answer: await describe(session, entity), lifetimeMs: DEFAULT_LIFETIME_MS };
  });
}

/** Forgets the fields of an entity; without one, the names of all entities and nothing else, as AppFlow does. */
export async function forgetMetadata(
  browsed: Browsed,
  entity: string | undefined,
  { metadata }: Pick<BrowsePorts, "metadata">,
): Promise<void> {
  if (entity === undefined) await metadata.reset(scopeOf("entities", browsed));
  else await metadata.reset(scopeOf("fields", browsed), JSON.stringify(fieldsEntry(browsed, entity)));
}

/** A profile or connector that was changed, or made again, is another one: what was told before does not hold for it. */
function scopeOf(what: "entities" | "fields", { connector, profile, registration }: Browsed): string {
  return JSON.stringify([
    what,
    connector.type,
    ...(profile === undefined ? [] : [profile.name, profile.createdAt, profile.version]),
    ...(registration === undefined ? [] : [registration.label, registration.registeredAt, registration.version]),
  ]);
}

function fieldsEntry({ apiVersion }: Browsed, entity: string): Json {
  return [apiVersion ?? null, entity];
}

/** Nothing is kept of a failure, nor of an answer that there is nothing. */
async function remembered<T extends EntityPage | readonly EntityField[] | undefined>(
  { metadata, now }: BrowsePorts,
  { scope, entry }: { readonly scope: string; readonly entry: Json },
  ask: () => Promise<custom.KeptAnswer<T>>,
): Promise<T> {
  const key = { scope, entry: JSON.stringify(entry) };
  const kept = await metadata.get(key, now());
  if (kept !== undefined) return kept as unknown as T;
  const { answer, lifetimeMs } = await ask();
  if (answer !== undefined) await metadata.put(key, answer as unknown as Json, now() + lifetimeMs);
  return answer;
}

function abilityOf<Name extends "entities" | "describe">(
  { label, source }: Connector,
  name: Name,
  what: string,
): NonNullable<Source[Name]> {
  const ability = source?.[name];
  if (ability !== undefined) return ability;
  throw new ConnectorError("ClientError", `This engine keeps flows with ${label}, but it cannot ${what}.`);
}

function reached(
  { profile }: Browsed,
  { lambdaArn }: Registration,
  { functions, wait, renewTokens }: BrowsePorts,
): ReachedConnector {
  return {
    functions,
    lambdaArn,
    wait,
    ...(profile !== undefined && renewTokens !== undefined && { renew: () => renewTokens(profile) }),
  };
}

function contextOf(
  { connector, profile, apiVersion }: Browsed,
  { configuration }: Registration,
): custom.ConnectorContext {
  return {
    apiVersion: apiVersion ?? configuration.apiVersions[0]!,
    settings: profile === undefined ? {} : profileSettings(profile, connector),
    ...(profile?.authentication !== undefined && {
      credentials: { secretArn: profile.credentialsArn, authentication: profile.authentication },
    }),
    profile: profile?.name,
  };
}
