import type { Json, JsonObject } from "../../sdk/json.ts";
import { catalogueConfiguration, catalogueDetail } from "../connector-configuration.ts";
import type { Call } from "../context.ts";
import { DEFAULT_PAGE } from "../pages.ts";
import { EVERYTHING, permit } from "../permit.ts";
import { readInput } from "../read-input.ts";
import { DescribeConnectorsRequest } from "../shapes.ts";

/** The connectors of the catalogue, in the order of their types. Registered ones have an operation of their own. */
export async function describeConnectors(body: Json, call: Call): Promise<JsonObject> {
  const {
    connectorTypes = [],
    maxResults = DEFAULT_PAGE,
    nextToken,
  } = readInput(DescribeConnectorsRequest, body, call);
  permit(EVERYTHING, call);
  const list = `connectors ${connectorTypes.toSorted().join()}`;
  const after = nextToken === undefined ? "" : (call.pages.open(list, nextToken) as string);
  const wanted: readonly string[] = connectorTypes;
  const found = call.connectors
    .filter(({ type, registered }) => registered !== true && (wanted.length === 0 || wanted.includes(type)))
    .filter(({ type }) => type > after)
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
  const page = found.slice(0, maxResults);

  return {
    connectorConfigurations: Object.fromEntries(
      page.map((connector) => [connector.type, catalogueConfiguration(connector)]),
    ),
    connectors: page.map(catalogueDetail),
    ...(found.length > page.length && { nextToken: call.pages.seal(list, page.at(-1)!.type) }),
  };
}
