import type { JsonObject } from "../sdk/json.ts";
import type { Schedule } from "./schedule.ts";
import type { Task } from "../tasks/task.ts";

/** A stored flow. A plain JSON value. */
export interface Flow {
  readonly name: string;
  /** A UUID. Tells it from flows of the same name that were deleted before. */
  readonly id: string;
  readonly arn: string;
  readonly status: FlowStatus;
  /** Why it is suspended or errored. */
  readonly statusMessage?: string;
  readonly definition: FlowDefinition;
  /** The request that made it, in canonical spelling: what DescribeFlow gives back, and nothing that was not sent. */
  readonly request: JsonObject;
  /** Starts at 1; one more whenever mappings, field types or partition fields change. */
  readonly schemaVersion: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly updatedBy: string;
  /** When it was last made active; a rate without a start counts from here. */
  readonly activatedAt?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Counts the writes of this item; a write that expects another number is refused. */
  readonly version: number;
}

export type FlowStatus = "active" | "draft" | "suspended" | "errored" | "deprecated";

/** What a flow does, parsed and checked: nothing behind this type looks at raw JSON again. */
export interface FlowDefinition {
  readonly name: string;
  readonly trigger: Trigger;
  readonly source: Endpoint;
  /** At least one. The source is read once, and each destination gets every record. */
  readonly destinations: readonly Endpoint[];
  readonly tasks: readonly Task[];
}

/** One side of a flow: a connector, whose credentials the profile holds, and its settings. */
export interface Endpoint {
  /** AppFlow's ConnectorType, for example `S3`. */
  readonly connector: string;
  readonly profile?: string;
  /** Of the registered connector that the profile is for. */
  readonly label?: string;
  /** The union member that belongs to the connector, for example `sourceConnectorProperties.S3`. */
  readonly settings: JsonObject;
  /** Of a source: the field whose time says what is new, where the flow names one. */
  readonly timeField?: string;
}

/** The names of all profiles that the flow uses, each once. */
export function profilesOf({ definition: { source, destinations } }: Flow): readonly string[] {
  return [...new Set([source, ...destinations].flatMap(({ profile }) => profile ?? []))];
}

export type Trigger =
  | { readonly type: "on-demand" }
  | { readonly type: "scheduled"; readonly schedule: Schedule }
  | { readonly type: "event" };
