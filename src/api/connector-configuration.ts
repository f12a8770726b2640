import type { ConnectorAbilities, CustomAuth, OAuth2Defaults } from "../connection/connector-abilities.ts";
import type { Registration } from "../connection/registration.ts";
import type { Connector } from "../sdk/connector.ts";
import type { JsonObject } from "../sdk/json.ts";
import { ConnectorOperator } from "./connector-shapes.ts";
import { ConnectorProfileProperties } from "./profile-shapes.ts";
import type { StringShape, StructureShape } from "./shape.ts";
import { seconds, TRIGGER_TYPE } from "./translate.ts";

/*
 * Connectors as AppFlow describes them: ConnectorConfiguration, and ConnectorDetail in lists
 * (https://docs.aws.amazon.com/appflow/1.0/APIReference/API_ConnectorConfiguration.html).
 */

/** A connector of the catalogue. */
export function catalogueConfiguration(connector: Connector): JsonObject {
  const { key, source, destination } = connector;
  const writeOperations = destination?.writeOperations;
  return {
    canUseAsSource: source !== undefined,
    canUseAsDestination: destination !== undefined,
    ...(source !== undefined && {
      supportedDestinationConnectors: source.destinations ?? [],
      supportedSchedulingFrequencies: frequenciesFrom(source.minimumMinutes),
      supportedTriggerTypes: source.triggers.map((trigger) => TRIGGER_TYPE[trigger]),
      supportedOperators: operatorsOf(key),
    }),
    isPrivateLinkEnabled: connector.privateConnections === true,
    isPrivateLinkEndpointUrlRequired: asksForEndpoint(key),
    ...(connector.metadata !== undefined && { connectorMetadata: { [key]: connector.metadata } }),
    ...(writeOperations !== undefined && { supportedWriteOperations: writeOperations }),
    ...catalogueDetail(connector),
  };
}

export function catalogueDetail({ type, label, source, destination }: Connector): JsonObject {
  return {
    connectorType: type,
    connectorName: label,
    connectorModes: [...(source ? ["SOURCE"] : []), ...(destination ? ["DESTINATION"] : [])],
  };
}

/** Minutes between the runs of a schedule of each kind. `ONCE` has no second run. */
const FREQUENCIES: readonly (readonly [name: string, minutes: number])[] = [
  ["BYMINUTE", 1],
  ["HOURLY", 60],
  ["DAILY", 1440],
  ["WEEKLY", 7 * 1440],
  ["MONTHLY", 28 * 1440],
  ["ONCE", Number.POSITIVE_INFINITY],
];

function frequenciesFrom(minimumMinutes: number): readonly string[] {
  return FREQUENCIES.filter(([, minutes]) => minutes >= minimumMinutes).map(([name]) => name);
}

function operatorsOf(key: string): readonly string[] {
  return (ConnectorOperator.members.get(key)?.shape as StringShape | undefined)?.values ?? [];
}

/** Where a private connection goes by an endpoint service that the profile names. */
function asksForEndpoint(key: string): boolean {
  const properties = ConnectorProfileProperties.members.get(key)?.shape as StructureShape | undefined;
  return properties?.members.has("privateLinkServiceName") === true;
}

/** A registered connector. `type` stands for all of them, and says where AppFlow lets their data go. */
export function registeredConfiguration(registration: Registration, type: Connector): JsonObject {
  const { arn, lambdaArn, configuration } = registration;
  const isSource = configuration.modes.includes("source");
  return {
    canUseAsSource: isSource,
    canUseAsDestination: configuration.modes.includes("destination"),
    supportedDestinationConnectors: isSource ? (type.source?.destinations ?? []) : [],
    supportedSchedulingFrequencies: configuration.frequencies,
    isPrivateLinkEnabled: false,
    isPrivateLinkEndpointUrlRequired: false,
    supportedTriggerTypes: configuration.triggers.map((trigger) => TRIGGER_TYPE[trigger]),
    connectorArn: arn,
    authenticationConfig: authenticationConfig(configuration),
    connectorRuntimeSettings: configuration.settings.map(({ type: dataType, scope, values, ...setting }) => ({
      ...askedValue(setting),
      dataType,
      scope,
      connectorSuppliedValueOptions: values,
    })),
    supportedApiVersions: configuration.apiVersions,
    supportedOperators: configuration.operators,
    supportedWriteOperations: configuration.writeOperations,
    connectorProvisioningConfig: { lambda: { lambdaArn } },
    ...(configuration.logoUrl !== undefined && { logoURL: configuration.logoUrl }),
    ...registeredDetail(registration, type),
  };
}

export function registeredDetail(registration: Registration, { type }: Connector): JsonObject {
  const { label, description, configuration, registeredAt, registeredBy } = registration;
  const { name, owner, version, modes, transfers } = configuration;
  return {
    connectorType: type,
    connectorLabel: label,
    // The service gives the name to a connector that was registered without a description.
    connectorDescription: description ?? name,
    connectorName: name,
    ...(owner !== undefined && { connectorOwner: owner }),
    ...(version !== undefined && { connectorVersion: version }),
    connectorModes: modes.map((mode) => mode.toUpperCase()),
    connectorProvisioningType: "LAMBDA",
    supportedDataTransferTypes: transfers,
    registeredAt: seconds(registeredAt),
    registeredBy,
  };
}

function authenticationConfig({ auth, oauth2, customAuth }: ConnectorAbilities): JsonObject {
  return {
    isBasicAuthSupported: auth.includes("basic"),
    isApiKeyAuthSupported: auth.includes("api-key"),
    isOAuth2Supported: auth.includes("oauth2"),
    isCustomAuthSupported: auth.includes("custom"),
    ...(oauth2 !== undefined && { oAuth2Defaults: oauth2Defaults(oauth2) }),
    ...(customAuth.length > 0 && { customAuthConfigs: customAuth.map(customAuthConfig) }),
  };
}

function oauth2Defaults({ scopes, tokenUrls, authUrls, grants, parameters }: OAuth2Defaults): JsonObject {
  return {
    oauthScopes: scopes,
    tokenUrls,
    authCodeUrls: authUrls,
    oauth2GrantTypesSupported: grants,
    oauth2CustomProperties: parameters.map(({ place, sensitive, values, ...parameter }) => ({
      ...askedValue(parameter),
      isSensitiveField: sensitive,
      connectorSuppliedValues: values,
      type: place === "token" ? "TOKEN_URL" : "AUTH_URL",
    })),
  };
}

function customAuthConfig({ type, parameters }: CustomAuth): JsonObject {
  return {
    customAuthenticationType: type,
    authParameters: parameters.map(({ sensitive, values, ...parameter }) => ({
      ...askedValue(parameter),
      isSensitiveField: sensitive,
      connectorSuppliedValues: values,
    })),
  };
}

interface AskedValue {
  readonly key: string;
  readonly required: boolean;
  readonly label?: string;
  readonly description?: string;
}

function askedValue({ required, ...texts }: AskedValue): JsonObject {
  return { ...texts, isRequired: required };
}
