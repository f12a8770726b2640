import type { Json, JsonObject } from "../../sdk/json.ts";
import { connectorArn } from "../arns.ts";
import { askAbilities } from "../ask-abilities.ts";
import type { Call } from "../context.ts";
import { once } from "../once.ts";
import { permit } from "../permit.ts";
import { ApiError, joinSentences, textOf } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { UpdateConnectorRegistrationRequest } from "../shapes.ts";
import { findRegistration } from "./find-registration.ts";
import { checkFunctionArn } from "./register-connector.ts";

/** Asks the connector's function again what it can do, or another function from now on. A description that is not given stays. */
export async function updateConnectorRegistration(body: Json, call: Call): Promise<JsonObject> {
  const { clientToken, ...request } = readInput(UpdateConnectorRegistrationRequest, body, call);
  const { connectorLabel: label, description, connectorProvisioningConfig } = request;
  permit({ arn: connectorArn(call.place, label) }, call);
  const named = connectorProvisioningConfig?.lambda?.lambdaArn;
  const problems = named === undefined ? [] : checkFunctionArn(named);
  if (problems.length > 0) throw new ApiError("ValidationException", joinSentences(problems.map(textOf), "; "));

  return once({ operation: "UpdateConnectorRegistration", clientToken, request }, call, async (remember) => {
    const registration = await findRegistration(label, call);
    const lambdaArn = named ?? registration.lambdaArn;
    const configuration = await askAbilities(label, lambdaArn, call);
    const updated = {
      ...registration,
      ...(description !== undefined && { description }),
      lambdaArn,
      configuration,
      updatedAt: call.now(),
      version: registration.version + 1,
    };
    const answer = { connectorArn: registration.arn };
    const result = await call.registrations.update(updated, remember(answer));
    if (result !== "refused") return { result, answer };
    await findRegistration(label, call);
    throw new ApiError("ConflictException", `Connector ${label} was changed by another call — read it, and try again`);
  });
}
