import { browseFields } from "../../connection/browse-entities.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import { connectorFailure } from "../connector-failure.ts";
import type { ConnectionCall } from "../context.ts";
import { entityField } from "../entity-fields.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { DescribeConnectorEntityRequest } from "../shapes.ts";
import { findBrowsed } from "./find-browsed.ts";

/** The fields of an entity. */
export async function describeConnectorEntity(body: Json, call: ConnectionCall): Promise<JsonObject> {
  const request = readInput(DescribeConnectorEntityRequest, body, call);
  const { connectorEntityName: entity } = request;
  const browsed = await findBrowsed(request, call);
  const fields = await browseFields(browsed, entity, call).catch((error: unknown) => {
    throw connectorFailure(error);
  });
  if (fields !== undefined) return { connectorEntityFields: fields.map(entityField) };
  throw new ApiError("ResourceNotFoundException", `${browsed.connector.label} has no entity ${entity}.`);
}
