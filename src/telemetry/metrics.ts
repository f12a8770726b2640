import type { FlowEvent } from "../flow/flow-event.ts";

export interface Metric {
  readonly name: string;
  /** As CloudWatch calls it. */
  readonly unit: "Count" | "Milliseconds";
  readonly value: number;
}

/**
 * What an event measures. The first five are AppFlow's: https://docs.aws.amazon.com/appflow/latest/userguide/monitoring-cloudwatch.html
 * A cancelled run is neither succeeded nor failed.
 */
export function metricsOf(event: FlowEvent): readonly Metric[] {
  switch (event.type) {
    case "run-started":
      return [count("FlowExecutionsStarted")];
    case "run-ended":
      if (event.outcome === "canceled") return [];
      return [
        count(event.outcome === "successful" ? "FlowExecutionsSucceeded" : "FlowExecutionsFailed"),
        { name: "FlowExecutionTime", unit: "Milliseconds", value: event.at - event.startedAt },
        count("FlowExecutionRecordsProcessed", event.read - event.filtered),
      ];
    case "run-blocked":
      return [count("FlowExecutionsBlocked")];
    case "run-skipped":
      return [count("FlowExecutionsSkipped")];
    case "flow-suspended":
      return [count("FlowsDeactivated")];
  }
}

function count(name: string, value = 1): Metric {
  return { name, unit: "Count", value };
}
