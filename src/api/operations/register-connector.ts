import type { Registration } from "../../connection/registration.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Problem } from "../../sdk/problem.ts";
import { connectorArn } from "../arns.ts";
import { askAbilities } from "../ask-abilities.ts";
import type { Call } from "../context.ts";
import { once } from "../once.ts";
import { permit } from "../permit.ts";
import { ApiError, joinSentences, textOf } from "../problems.ts";
import { readInput } from "../read-input.ts";
import type { InputOf } from "../shape.ts";
import { RegisterConnectorRequest } from "../shapes.ts";

/** Asks a function what it can do, and keeps the answer under a label. Nothing is kept when it gives no usable answer. */
export async function registerConnector(body: Json, call: Call): Promise<JsonObject> {
  const { clientToken, ...request } = readInput(RegisterConnectorRequest, body, call);
  const { connectorLabel: label, lambdaArn } = completed(request);
  permit({ arn: connectorArn(call.place, label) }, call);
  return once({ operation: "RegisterConnector", clientToken, request }, call, async (remember) => {
    if ((await call.registrations.get(label)) !== undefined) throw taken(label);
    const registration = await newRegistration(label, lambdaArn, request.description, call);
    const answer = { connectorArn: registration.arn };
    const result = await call.registrations.create(registration, remember(answer));
    if (result === "refused") throw taken(label);
    return { result, answer };
  });
}

type Request = Omit<InputOf<typeof RegisterConnectorRequest>, "clientToken">;

/** AppFlow's model requires none of the members, and the operation all of them. */
function completed({ connectorLabel, connectorProvisioningType, connectorProvisioningConfig }: Request) {
  const lambdaArn = connectorProvisioningConfig?.lambda?.lambdaArn;
  const problems: readonly Problem[] = [
    ...missing("connectorLabel", connectorLabel, "give the connector a name"),
    ...missing("connectorProvisioningType", connectorProvisioningType, "give LAMBDA"),
    ...missing("connectorProvisioningConfig.lambda.lambdaArn", lambdaArn, "give the ARN of the connector's function"),
    ...(lambdaArn === undefined ? [] : checkFunctionArn(lambdaArn)),
  ];
  if (problems.length === 0) return { connectorLabel: connectorLabel!, lambdaArn: lambdaArn! };
  throw new ApiError("ValidationException", joinSentences(problems.map(textOf), "; "));
}

function missing(path: string, value: string | undefined, remedy: string): readonly Problem[] {
  return value === undefined ? [{ path, message: "it is missing", remedy }] : [];
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const FUNCTION_ARN = /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?$/;

export function checkFunctionArn(arn: string): readonly Problem[] {
  if (FUNCTION_ARN.test(arn)) return [];
  const path = "connectorProvisioningConfig.lambda.lambdaArn";
  return [
    {
      path,
      message: `"${arn}" is not the ARN of a Lambda function`,
      remedy: "it begins as arn:aws:lambda:eu-west-1:111122223333:function:",
    },
  ];
}

async function newRegistration(
  label: string,
  lambdaArn: string,
  description: string | undefined,
  call: Call,
): Promise<Registration> {
  const configuration = await askAbilities(label, lambdaArn, call);
  const now = call.now();
  return {
    label,
    arn: connectorArn(call.place, label),
    ...(description !== undefined && { description }),
    lambdaArn,
    configuration,
    registeredBy: call.caller.arn,
    registeredAt: now,
    updatedAt: now,
    version: 1,
  };
}

function taken(label: string): ApiError {
  return new ApiError("ConflictException", `A connector with label ${label} is already registered.`);
}
