import type { Json, JsonObject } from "../../sdk/json.ts";
import { connectorArn } from "../arns.ts";
import { catalogueConfiguration, registeredConfiguration } from "../connector-configuration.ts";
import type { Call } from "../context.ts";
import { permit } from "../permit.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { DescribeConnectorRequest } from "../shapes.ts";
import { findRegistration } from "./find-registration.ts";

/** A connector of the catalogue; with a label, a registered one. */
export async function describeConnector(body: Json, call: Call): Promise<JsonObject> {
  const { connectorType, connectorLabel } = readInput(DescribeConnectorRequest, body, call);
  permit({ arn: connectorArn(call.place, connectorLabel ?? connectorType) }, call);
  const connector = call.connectors.find(({ type }) => type === connectorType);
  if (connector === undefined) {
    throw new ApiError("ResourceNotFoundException", `This engine has no connector ${connectorType}.`);
  }
  if (connector.registered !== true) return { connectorConfiguration: catalogueConfiguration(connector) };
  if (connectorLabel === undefined) {
    throw new ApiError("ValidationException", "connectorLabel: it is missing — name the registered connector");
  }
  const registration = await findRegistration(connectorLabel, call);
  return { connectorConfiguration: registeredConfiguration(registration, connector) };
}
