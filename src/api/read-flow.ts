import type { FlowRequest } from "../flow/flow-request.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import { parseFlow } from "../flow/parse-flow.ts";
import type { Connector } from "../sdk/connector.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { ApiError, joinSentences, textOf } from "./problems.ts";
import { inputError } from "./read-input.ts";
import type { InputOf } from "./shape.ts";
import { CreateFlowRequest } from "./shapes.ts";
import { tolerate } from "./tolerate.ts";
import { type Fault, problemOf, validate } from "./validate.ts";

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
  /** Where it has not its shape. */
  readonly faults: readonly Fault[];
  /** What else is wrong. Nothing when something is not of its JSON type: then there is no telling what was meant. */
  readonly problems: readonly Problem[];
}

/** Reads the body of CreateFlow. */
export function readFlow(body: Json, connectors: readonly Connector[]): ReadFlow | FlowFaults {
  const canonical = tolerate(CreateFlowRequest, body);
  const faults = validate(CreateFlowRequest, canonical);
  if (faults.some((fault) => fault.kind === "type")) return { faults, problems: [] };

  const input = canonical as InputOf<typeof CreateFlowRequest>;
  const { definition, problems } = parseFlow(input satisfies FlowRequest, connectors);
  if (faults.length > 0 || definition === undefined) return { faults, problems };

  const { clientToken: _, tags: __, ...request } = canonical as JsonObject;
  return {
    definition,
    request,
    tags: (input.tags ?? {}) as Readonly<Record<string, string>>,
    clientToken: input.clientToken,
  };
}

/** As problems alone, for whoever shows them as a list. */
export function problemsOf({ faults, problems }: FlowFaults): readonly Problem[] {
  return [...faults.map(problemOf), ...problems];
}

/** As the service's exception: in its words for an input without its shape, or in its words for a refused flow. */
export function flowError({ faults, problems }: FlowFaults): ApiError {
  const texts = problems.map(textOf);
  if (faults.length > 0) return inputError(faults, texts);
  return new ApiError("ValidationException", `Create Flow request failed: [${joinSentences(texts, ", ")}]`);
}
