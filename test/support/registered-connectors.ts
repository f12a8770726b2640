import type { ConnectorFunctions } from "../../src/connection/connector-function.ts";
import type { Registration } from "../../src/connection/registration.ts";
import type { JsonObject } from "../../src/sdk/json.ts";

/** A registered connector that takes every kind of credentials. */
export function registered(label: string, changes: Partial<Registration["configuration"]> = {}): Registration {
  return {
    label,
    arn: `arn:aws:appflow:eu-west-1:111122223333:connector/${label}`,
    lambdaArn: `arn:aws:lambda:eu-west-1:111122223333:function:${label}`,
    configuration: {
      name: label,
      modes: ["source"],
      auth: ["basic", "api-key", "oauth2", "custom"],
      customAuth: [],
      settings: [],
      apiVersions: ["v1"],
      operators: [],
      frequencies: [],
      triggers: ["on-demand"],
      writeOperations: [],
      transfers: ["RECORD"],
      ...changes,
    },
    registeredBy: "arn:aws:iam::111122223333:user/ops",
    registeredAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    version: 1,
  };
}

export interface TalkingFunctions extends ConnectorFunctions {
  /** What was asked, in order. */
  readonly asked: readonly JsonObject[];
}

/** Connector functions that give these answers by the type of the request, and succeed where there is none. */
export function talkingFunctions(
  answer: (request: JsonObject) => JsonObject | undefined = () => undefined,
): TalkingFunctions {
  const asked: JsonObject[] = [];
  return {
    asked,
    async invoke(_, request) {
      asked.push(request);
      return answer(request) ?? { isSuccess: true };
    },
  };
}
