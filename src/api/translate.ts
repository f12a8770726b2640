import type { Profile } from "../connection/profile.ts";
import type { FlowStatus, Trigger } from "../flow/flow.ts";
import { statusOf } from "../run/run.ts";
import type { Run, RunStatus } from "../run/run.ts";
import type { JsonObject } from "../sdk/json.ts";

/*
 * Our words in AppFlow's.
 */

export const FLOW_STATUS: Readonly<Record<FlowStatus, string>> = {
  active: "Active",
  draft: "Draft",
  suspended: "Suspended",
  errored: "Errored",
  deprecated: "Deprecated",
};

export const TRIGGER_TYPE: Readonly<Record<Trigger["type"], string>> = {
  "on-demand": "OnDemand",
  scheduled: "Scheduled",
  event: "Event",
};

const EXECUTION_STATUS: Readonly<Record<RunStatus, string>> = {
  "in-progress": "InProgress",
  successful: "Successful",
  error: "Error",
  "cancel-started": "CancelStarted",
  canceled: "Canceled",
};

export const CONNECTION_MODE: Readonly<Record<"Public" | "Private", Profile["mode"]>> = {
  Public: "public",
  Private: "private",
};

export const CONNECTION_MODE_WORD: Readonly<Record<Profile["mode"], string>> = { public: "Public", private: "Private" };

/** A time as the service writes it: seconds since 1970, the milliseconds as a fraction. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** The member `lastRunExecutionDetails`; nothing when the flow has not run yet. */
export function lastRunDetails(run: Run | undefined): JsonObject {
  if (run === undefined) return {};
  return {
    lastRunExecutionDetails: {
      ...(run.message !== undefined && { mostRecentExecutionMessage: run.message }),
      mostRecentExecutionTime: seconds(run.startedAt),
      mostRecentExecutionStatus: EXECUTION_STATUS[statusOf(run)],
    },
  };
}

/** A run as an ExecutionRecord. Its processed records are those that passed the filters, written or not. */
export function executionRecord(run: Run): JsonObject {
  const { counts, plan } = run;
  return {
    executionId: run.id,
    executionStatus: EXECUTION_STATUS[statusOf(run)],
    startedAt: seconds(run.startedAt),
    lastUpdatedAt: seconds(run.updatedAt),
    ...(plan?.window !== undefined && {
      dataPullStartTime: seconds(plan.window.since),
      dataPullEndTime: seconds(plan.window.to),
    }),
    executionResult: {
      recordsProcessed: counts.read - counts.filtered,
      bytesProcessed: counts.bytesRead,
      bytesWritten: counts.destinations.reduce((sum, destination) => sum + destination.bytesWritten, 0),
      ...errorInfo(run),
    },
  };
}

function errorInfo({ counts, message }: Run): JsonObject {
  const rejected = counts.destinations.reduce((sum, destination) => sum + destination.rejected, counts.rejected);
  if (rejected === 0 && message === undefined) return {};
  return {
    errorInfo: { putFailuresCount: rejected, ...(message !== undefined && { executionMessage: message }) },
  };
}
