import type { EntityField, EntityPage } from "../sdk/entity.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import type { AuthKind } from "../sdk/profile-sheet.ts";
import type { SettingsReader } from "../sdk/settings-reader.ts";
import { askConnector, type ReachedConnector } from "./ask-connector.ts";
import type { ConnectorAbilities } from "./connector-abilities.ts";
import { ConnectorFunctionError } from "./connector-function.ts";
import { readAbilities } from "./read-abilities.ts";
import { readEntity, readField } from "./read-entities.ts";
import { readLifetime } from "./read-lifetime.ts";

/*
 * The requests of the custom connector protocol about a connector and its entities, as the SDKs for Python and Java read
 * them (https://github.com/awslabs/aws-appflow-custom-connector-python, …-java). Members that are not known are left out:
 * the SDKs take null for a value. All fail as `askConnector` does.
 */

/** What a connector is told about the connection that a request is for. */
export interface ConnectorContext {
  readonly apiVersion: string;
  /** The settings of the profile and of the flow together. */
  readonly settings: Readonly<Record<string, string>>;
  readonly credentials?: ConnectorCredentials | undefined;
  /** The profile's name, for the connector's log. */
  readonly profile?: string | undefined;
}

/** Where the connector finds its credentials, and what it finds there. */
export interface ConnectorCredentials {
  readonly secretArn: string;
  readonly authentication: AuthKind;
}

/** What the connector can do. */
export function describeConfiguration(connector: ReachedConnector, label: string): Promise<ConnectorAbilities> {
  const request = { type: "DescribeConnectorConfigurationRequest", locale: "en-US", connectorLabel: label };
  return askConnector(connector, request, readAbilities);
}

export type SettingsScope = "CONNECTOR_PROFILE" | "SOURCE" | "DESTINATION" | "SOURCE_AND_DESTINATION";

/** What the connector finds wrong with settings, each problem with the name of its setting. */
export async function validateSettings(
  connector: ReachedConnector,
  scope: SettingsScope,
  settings: Readonly<Record<string, string>>,
  authentication?: AuthKind,
): Promise<readonly Problem[]> {
  const request = {
    type: "ValidateConnectorRuntimeSettingsRequest",
    scope,
    connectorRuntimeSettings: settings,
    ...(authentication !== undefined && { authenticationType: AUTHENTICATION_TYPES[authentication] }),
  };
  // Settings that are wrong are no failure to check them, though the connector calls it one.
  return askConnector(connector, request, readFieldErrors, (failed) => failed.has("errorsByInputField"));
}

function readFieldErrors(answer: SettingsReader): readonly Problem[] {
  return [...answer.textsByName("errorsByInputField")].map(([path, message]) => ({ path, message }));
}

/** Fails with a `ConnectorError` of code `InvalidCredentials`, or another, when the connector does not take them. */
export function validateCredentials(
  connector: ReachedConnector,
  credentials: ConnectorCredentials,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const request = {
    type: "ValidateCredentialsRequest",
    credentials: credentialsOf(credentials),
    connectorRuntimeSettings: settings,
  };
  return askConnector(connector, request, () => undefined);
}

/** An answer about entities, and how long it may be kept, in milliseconds. */
export interface KeptAnswer<T> {
  readonly answer: T;
  readonly lifetimeMs: number;
}

export interface ListQuery {
  readonly path: string | undefined;
  readonly next: string | undefined;
  readonly limit: number;
}

/** A page of entities. It has fewer than it could have where more of them are too much for one answer. */
export async function listEntities(
  connector: ReachedConnector,
  context: ConnectorContext,
  { path, next, limit }: ListQuery,
): Promise<KeptAnswer<EntityPage>> {
  const request = {
    type: "ListEntitiesRequest",
    connectorContext: contextOf(context),
    // In the singular, unlike the one for queries.
    maxResult: limit,
    ...(path !== undefined && { entitiesPath: path }),
    ...(next !== undefined && { nextToken: next }),
  };
  try {
    return await askConnector(connector, request, readPage);
  } catch (error) {
    if (!(error instanceof ConnectorFunctionError) || error.code !== "TooLarge" || limit === 1) throw error;
    return listEntities(connector, context, { path, next, limit: Math.ceil(limit / 2) });
  }
}

function readPage(answer: SettingsReader): KeptAnswer<EntityPage> {
  const next = answer.text("nextToken");
  return {
    answer: {
      group: "Objects",
      entities: answer.each("entities").map(readEntity),
      ...(next !== undefined && next !== "" && { next }),
    },
    lifetimeMs: readLifetime(answer),
  };
}

/** The fields of an entity; undefined when there is no such entity. */
export async function describeEntity(
  connector: ReachedConnector,
  context: ConnectorContext,
  entity: string,
): Promise<KeptAnswer<readonly EntityField[] | undefined>> {
  const request = { type: "DescribeEntityRequest", entityIdentifier: entity, connectorContext: contextOf(context) };
  return askConnector(connector, request, (answer) => ({
    answer: answer.has("entityDefinition")
      ? answer.within("entityDefinition").each("fields").map(readField)
      : undefined,
    lifetimeMs: readLifetime(answer),
  }));
}

function contextOf({ apiVersion, settings, credentials, profile }: ConnectorContext): JsonObject {
  return {
    apiVersion,
    connectorRuntimeSettings: settings,
    ...(credentials !== undefined && { credentials: credentialsOf(credentials) }),
    ...(profile !== undefined && { connectorProfileLabel: profile }),
  };
}

const AUTHENTICATION_TYPES: Readonly<Record<AuthKind, string>> = {
  basic: "BasicAuth",
  "api-key": "ApiKey",
  oauth2: "OAuth2",
  custom: "CustomAuth",
};

function credentialsOf({ secretArn, authentication }: ConnectorCredentials): JsonObject {
  return { secretArn, authenticationType: AUTHENTICATION_TYPES[authentication] };
}
