import { RunFailure } from "../engine/run-failure.ts";
import { FormatError } from "../formats/format.ts";
import { CONNECTOR_ERRORS, ConnectorError } from "../sdk/connector-error.ts";
import { ObjectStoreError } from "../sdk/object-store.ts";
import type { ObjectStoreErrorCode } from "../sdk/object-store.ts";
import { TooLargeError } from "../store/too-large-error.ts";
import { TaskError } from "../tasks/task-error.ts";
import { UnsafeBucket } from "./make-plan.ts";
import type { Run } from "./run.ts";
import { UnsupportedConnector } from "./usable-ends.ts";

/** Why a run has no effect, if nobody asked for it. */
export type RunFailureKind = Exclude<NonNullable<Run["failure"]>, "canceled">;

const STORE_FAILURES: Readonly<Record<ObjectStoreErrorCode, RunFailureKind>> = {
  NoSuchBucket: "configuration",
  AccessDenied: "configuration",
  Exists: "configuration",
  NoSuchObject: "transient",
  NoSuchUpload: "transient",
  Changed: "transient",
  Unavailable: "transient",
  Invalid: "internal",
};

const CONFIGURATION = [TaskError, UnsupportedConnector, UnsafeBucket, TooLargeError];

/** Who has to act on what ended a run. */
export function failureKind(error: unknown): RunFailureKind {
  if (error instanceof ObjectStoreError) return STORE_FAILURES[error.code];
  if (error instanceof ConnectorError) return connectorFailure(error);
  if (CONFIGURATION.some((type) => error instanceof type)) return "configuration";
  if (error instanceof RunFailure || error instanceof FormatError) return "data";
  return "internal";
}

/** What another system refuses for good, somebody has to change: the flow, the profile, or what the profile may do there. */
function connectorFailure({ code }: ConnectorError): RunFailureKind {
  const { retry, fault } = CONNECTOR_ERRORS[code];
  if (retry) return "transient";
  return fault === "data" ? "data" : "configuration";
}
