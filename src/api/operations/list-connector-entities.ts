import { browseEntities } from "../../connection/browse-entities.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { connectorFailure } from "../connector-failure.ts";
import type { ConnectionCall } from "../context.ts";
import { readInput } from "../read-input.ts";
import { ApiError } from "../problems.ts";
import { ListConnectorEntitiesRequest } from "../shapes.ts";
import { findBrowsed } from "./find-browsed.ts";

/** The SDKs for custom connectors give as many when they are not told. */
const DEFAULT_ENTITIES = 1000;

/** AppFlow's limit for a token of its own. */
const MAX_TOKEN = 2048;

/** What a system has to read and write. */
export async function listConnectorEntities(body: Json, call: ConnectionCall): Promise<JsonObject> {
  const request = readInput(ListConnectorEntitiesRequest, body, call);
  const { entitiesPath, maxResults = DEFAULT_ENTITIES, nextToken } = request;
  const browsed = await findBrowsed(request, call);
  const list = JSON.stringify([browsed.connector.type, browsed.profile?.name, entitiesPath, request.apiVersion]);
  const query = {
    path: entitiesPath === "" ? undefined : entitiesPath,
    next: nextToken === undefined ? undefined : (call.pages.open(list, nextToken) as string),
    limit: maxResults,
  };
  const { group, entities, next } = await browseEntities(browsed, query, call).catch((error: unknown) => {
    throw connectorFailure(error);
  });

  return {
    connectorEntityMap: {
      [group]: entities.map(({ name, label, hasNested }) => ({ name, label, hasNestedEntities: hasNested })),
    },
    ...(next !== undefined && { nextToken: sealed(list, next, call) }),
  };
}

function sealed(list: string, next: string, { pages }: ConnectionCall): string {
  const token = pages.seal(list, next);
  if (token.length <= MAX_TOKEN) return token;
  const message = `Error while communicating to connector: its page token has ${next.length} characters, which is too long.`;
  throw new ApiError("ConnectorServerException", message);
}
