import { forgetMetadata } from "../../connection/browse-entities.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { readInput } from "../read-input.ts";
import { ResetConnectorMetadataCacheRequest } from "../shapes.ts";
import { findBrowsed } from "./find-browsed.ts";

/**
 * Lets the connector be asked again: for the fields of the entity that is named, else for the names of all entities, those
 * within `entitiesPath` among them.
 */
export async function resetConnectorMetadataCache(body: Json, call: Call): Promise<JsonObject> {
  const request = readInput(ResetConnectorMetadataCacheRequest, body, call);
  await forgetMetadata(await findBrowsed(request, call), request.connectorEntityName, call);
  return {};
}
