import type { FlowDefinition } from "../flow/flow.ts";
import { parseFlow } from "../flow/parse-flow.ts";
import type { Connector, Json, JsonObject, Problem } from "../sdk/connector.ts";
import { ApiError, joinSentences, textOf } from "./problems.ts";
import { readLoosely, validationErrors } from "./read-input.ts";
import type { InputOf } from "./shape.ts";
import { CreateFlowRequest } from "./shapes.ts";
import { type ConstraintFault, problemOf, sentenceOf } from "./validate.ts";

/** The request for a flow, read and checked. */
export interface ReadFlow {
  readonly definition: FlowDefinition;
  /** In canonical spelling, without what belongs to the call or can change without the flow: token and tags. */
  readonly request: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
  readonly clientToken: string | undefined;
}

/** Everything that is wrong with a request. */
export interface FlowFaults {
  /** Constraints of the wire shapes that are broken. */
  readonly faults: readonly ConstraintFault[];
  readonly problems: readonly Problem[];
}

/** Reads the body of CreateFlow. Fails with a SerializationException when something is not of its JSON type. */
export function readFlow(body: Json, connectors: readonly Connector[]): ReadFlow | FlowFaults {
  const { input, faults } = readLoosely(CreateFlowRequest, body);
  const { definition, problems } = parseFlow(input, connectors);
  if (faults.length > 0 || definition === undefined) return { faults, problems };

  const { clientToken, tags = {}, ...request } = input;
  return { definition, request: jsonOf(request), tags: tags as Readonly<Record<string, string>>, clientToken };
}

/** As problems alone, for whoever shows them as a list. */
export function problemsOf({ faults, problems }: FlowFaults): readonly Problem[] {
  return [...faults.map(problemOf), ...problems];
}

/** As the service's exception: in its words for broken constraints, or in its words for a refused flow. */
export function flowError({ faults, problems }: FlowFaults): ApiError {
  const texts = problems.map(textOf);
  if (faults.length > 0) return validationErrors([...faults.map(sentenceOf), ...texts]);
  return new ApiError("ValidationException", `Create Flow request failed: [${joinSentences(texts, ", ")}]`);
}

function jsonOf(request: Omit<InputOf<typeof CreateFlowRequest>, "clientToken" | "tags">): JsonObject {
  return request as unknown as JsonObject;
}
