import type { Connector } from "../sdk/connector.ts";
import { readErrorHandling } from "../sdk/error-handling.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { SettingsReader } from "../sdk/settings-reader.ts";
import { didYouMean } from "./closest.ts";
import type { ConnectorUnion, DestinationRequest, SourceRequest } from "./flow-request.ts";
import type { Endpoint } from "./flow.ts";

export interface ParsedEndpoint {
  /** Undefined when there are problems, or when the check of the shape has reported some. */
  readonly endpoint?: Endpoint;
  readonly problems: readonly Problem[];
}

export function parseSource(config: SourceRequest, connectors: readonly Connector[]): ParsedEndpoint {
  const { endpoint, problems } = parseEndpoint({
    path: "sourceFlowConfig",
    member: "sourceConnectorProperties",
    config,
    properties: config.sourceConnectorProperties,
    connectors,
    roleOf: (connector) => connector.source,
    keyOf: sourceKey,
    role: "source",
  });
  const timeField = config.incrementalPullConfig?.datetimeTypeFieldName;
  if (endpoint === undefined || timeField === undefined || timeField === "")
    return { ...(endpoint && { endpoint }), problems };
  return { endpoint: { ...endpoint, timeField }, problems };
}

export function parseDestination(
  config: DestinationRequest,
  place: number,
  connectors: readonly Connector[],
): ParsedEndpoint {
  return parseEndpoint({
    path: `destinationFlowConfigList[${place}]`,
    member: "destinationConnectorProperties",
    config,
    properties: config.destinationConnectorProperties,
    connectors,
    roleOf: (connector) => connector.destination,
    keyOf: ({ key }) => key,
    role: "destination",
  });
}

interface Side {
  readonly path: string;
  readonly member: string;
  readonly config: SourceRequest | DestinationRequest;
  readonly properties: ConnectorUnion | undefined;
  readonly connectors: readonly Connector[];
  readonly role: "source" | "destination";
  /** What the connector can do on this side; undefined when it can do nothing there. */
  readonly roleOf: (connector: Connector) => { check(settings: JsonObject): readonly Problem[] } | undefined;
  /** The member of the union that belongs to the connector. */
  readonly keyOf: (connector: Connector) => string;
}

/** The member of AppFlow's unions that belongs to a connector where it is a source. */
export function sourceKey({ key, source }: Connector): string {
  return source?.borrows ?? key;
}

function parseEndpoint(side: Side): ParsedEndpoint {
  const { config, properties } = side;
  if (config.connectorType === undefined) return { problems: [] };
  const connector = side.connectors.find(({ type }) => type === config.connectorType);
  if (connector === undefined) return { problems: [notInstalled(side, config.connectorType)] };
  const role = side.roleOf(connector);
  if (role === undefined) return { problems: [wrongRole(side, connector)] };

  const problems: Problem[] = [];
  if (connector.profile !== undefined && config.connectorProfileName === undefined) {
    problems.push({
      path: `${side.path}.connectorProfileName`,
      message: `${connector.label} needs a connector profile`,
    });
  }
  if (properties === undefined) return { problems };
  const key = side.keyOf(connector);
  const settings = properties[key] as JsonObject | undefined;
  problems.push(...strayMembers(side, connector));
  if (settings === undefined) return { problems };

  problems.push(...role.check(settings).map((problem) => within(`${side.path}.${side.member}.${key}`, problem)));
  if (side.role === "destination") {
    const path = `${side.path}.${side.member}.${key}`;
    problems.push(...checkWriteOperation(path, connector, settings), ...checkErrorHandling(path, connector, settings));
  }
  return problems.length > 0 ? { problems } : { endpoint: endpointOf(connector, config, settings), problems };
}

function notInstalled(side: Side, type: string): Problem {
  const usable = side.connectors.filter((connector) => side.roleOf(connector) !== undefined);
  const names = usable.map((connector) => connector.type);
  return {
    path: `${side.path}.connectorType`,
    message: `this engine has no connector "${type}"`,
    remedy: didYouMean(type, names) ?? `as a ${side.role} it has ${names.join(", ") || "none"}`,
  };
}

function wrongRole(side: Side, connector: Connector): Problem {
  return {
    path: `${side.path}.connectorType`,
    message: `${connector.label} cannot be a ${side.role}`,
    remedy: `choose a connector that can`,
  };
}

/** The union must hold the connector's member, and nothing else. */
function strayMembers(side: Side, connector: Connector): readonly Problem[] {
  const path = `${side.path}.${side.member}`;
  const names = Object.keys(side.properties ?? {});
  const key = side.keyOf(connector);
  const strays = names.filter((name) => name !== key);
  if (strays.length === 0 && names.length === 1) return [];
  return [
    {
      path,
      known: `Invalid ${side.member}`,
      message:
        strays.length === 0 ? "it is empty" : `it holds ${strays.join(", ")}, but connectorType is ${connector.type}`,
      remedy: `give the member "${key}" alone`,
    },
  ];
}

function checkWriteOperation(path: string, connector: Connector, settings: JsonObject): readonly Problem[] {
  const { writeOperationType: operation, idFieldNames: ids } = settings;
  if (typeof operation !== "string" || operation === "INSERT") return [];
  const { writeOperations: possible = [operation] } = connector.destination ?? {};
  if (!possible.includes(operation)) {
    return [
      {
        path: `${path}.writeOperationType`,
        message: `records cannot be written to ${connector.label} by ${operation}`,
        remedy: `use ${possible.join(" or ")}`,
      },
    ];
  }
  if (Array.isArray(ids) && ids.length > 0) return [];
  return [
    {
      path: `${path}.idFieldNames`,
      message: `${operation} needs the fields that identify a record`,
      remedy: "name them in idFieldNames",
    },
  ];
}

function checkErrorHandling(path: string, { destination }: Connector, settings: JsonObject): readonly Problem[] {
  if (destination?.errorHandling !== true) return [];
  const reader = new SettingsReader(settings);
  readErrorHandling(reader);
  return reader.problems.map((problem) => within(path, problem));
}

/** Connectors without profiles ignore the name of one. */
function endpointOf(connector: Connector, config: SourceRequest | DestinationRequest, settings: JsonObject): Endpoint {
  const { connectorProfileName: profile } = config;
  return {
    connector: connector.type,
    ...(connector.profile !== undefined && profile !== undefined && { profile }),
    settings,
  };
}

function within(path: string, problem: Problem): Problem {
  if (problem.path === "") return { ...problem, path };
  return { ...problem, path: problem.path.startsWith("[") ? path + problem.path : `${path}.${problem.path}` };
}
