import { checkBuckets } from "../flow/check-buckets.ts";
import type { FlowRequest } from "../flow/flow-request.ts";
import type { FlowDefinition } from "../flow/flow.ts";
import { parseFlow } from "../flow/parse-flow.ts";
import type { Connector } from "../sdk/connector.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { ApiError, joinSentences, textOf } from "./problems.ts";
import { inputError } from "./read-input.ts";
import type { InputOf } from "./shape.ts";
import { CreateFlowRequest, UpdateFlowRequest } from "./shapes.ts";
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

export interface ReadFlowOptions {
  readonly connectors: readonly Connector[];
  /** True to refuse whatever the service refuses. */
  readonly strict: boolean;
  /** The buckets that flows may name; undefined for any. */
  readonly allowedBuckets?: ReadonlySet<string> | undefined;
}

/** Reads the body of CreateFlow. */
export function readFlow(body: Json, options: ReadFlowOptions): ReadFlow | FlowFaults {
  return read(CreateFlowRequest, body, options);
}

/** Reads the body of UpdateFlow. */
export function readFlowUpdate(body: Json, options: ReadFlowOptions): ReadFlow | FlowFaults {
  return read(UpdateFlowRequest, body, options);
}

function read(
  shape: typeof CreateFlowRequest | typeof UpdateFlowRequest,
  body: Json,
  { connectors, strict, allowedBuckets }: ReadFlowOptions,
): ReadFlow | FlowFaults {
  const canonical = tolerate(shape, body, strict);
  const faults = validate(shape, canonical);
  if (faults.some((fault) => fault.kind === "type")) return { faults, problems: [] };

  const input = canonical as InputOf<typeof CreateFlowRequest>;
  const parsed = parseFlow(input satisfies FlowRequest, connectors, strict);
  const forbidden = allowedBuckets === undefined ? [] : checkBuckets(input satisfies FlowRequest, allowedBuckets);
  const { definition, problems } = { ...parsed, problems: [...parsed.problems, ...forbidden] };
  if (faults.length > 0 || forbidden.length > 0 || definition === undefined) return { faults, problems };

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
export function flowError({ faults, problems }: FlowFaults, change: "create" | "update"): ApiError {
  const texts = problems.map(textOf);
  if (faults.length > 0) return inputError(faults, texts);
  return refusedFlow(texts, change);
}

/** The service's exception for a flow that has its shape, in the words by which people search for it. */
export function refusedFlow(texts: readonly string[], change: "create" | "update"): ApiError {
  const all = joinSentences(texts, ", ");
  const message =
    change === "create" ? `Create Flow request failed: [${all}]` : `Update Flow request failed due to:[${all}]`;
  return new ApiError("ValidationException", message);
}
