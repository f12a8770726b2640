import type { FlowEvent } from "../flow/flow-event.ts";
import type { LogEntry } from "./log-entry.ts";
import { metricsOf } from "./metrics.ts";

/**
 * A line of the log for programs. That of an event has its metrics in it, in CloudWatch's embedded metric format: a line
 * that reaches CloudWatch Logs is a measurement there, with nobody to call and nothing to lose.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function jsonLine({ at, figures, ...entry }: LogEntry, event?: FlowEvent): string {
  const metrics = event === undefined ? [] : metricsOf(event);
  return JSON.stringify({
    time: new Date(at).toISOString(),
    ...entry,
    ...figures,
    ...(event !== undefined && metrics.length > 0 && embedded(event, metrics)),
  });
}

const NAMESPACE = "Millrace";

function embedded({ at, flow }: FlowEvent, metrics: ReturnType<typeof metricsOf>) {
  return {
    FlowName: flow,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          // By flow, and of all flows together: alarms look at the latter.
          Dimensions: [["FlowName"], []],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
  };
}
