import type { Endpoint } from "../flow/flow.ts";
import type { FlowEvent } from "../flow/flow-event.ts";
import type { Connector } from "../sdk/connector.ts";

/** An event as AppFlow's listeners expect it on EventBridge. */
export interface EventReport {
  readonly detailType: string;
  /** The flow's ARN. */
  readonly resources: readonly string[];
  /** All values are texts, as AppFlow's are, of bounded length. */
  readonly detail: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/appflow/latest/userguide/flow-notifications.html; the last two are ours. */
const DETAIL_TYPES = {
  "run-started": "AppFlow Start Flow Run Report",
  "run-ended": "AppFlow End Flow Run Report",
  "flow-suspended": "AppFlow Scheduled Flow Deactivated",
  "run-blocked": "Millrace Flow Run Blocked",
  "run-skipped": "Millrace Flow Run Skipped",
} as const satisfies Record<FlowEvent["type"], string>;

export function reportOf(event: FlowEvent, connectors: ReadonlyMap<string, Connector>): EventReport {
  const { arn, createdBy, source, destinations } = event.about;
  const all = {
    "flow-name": event.flow,
    "flow-arn": arn,
    "created-by": createdBy,
    source: endOf(source),
    "source-object": objectOf(source, connectors.get(source.connector)?.source),
    destination: destinations.map(endOf).join(","),
    "destination-object": destinations
      .map((destination) => objectOf(destination, connectors.get(destination.connector)?.destination))
      .join(","),
    "trigger-type": event.trigger.replace("-", "").toUpperCase(),
    ...ownDetail(event),
  };
  return {
    detailType: DETAIL_TYPES[event.type],
    resources: [arn],
    detail: Object.fromEntries(Object.entries(all).map(([name, text]) => [name, cut(text)])),
  };
}

function ownDetail(event: FlowEvent): Readonly<Record<string, string>> {
  switch (event.type) {
    case "run-started":
      return runDetail(event);
    case "run-ended":
      return {
        ...runDetail(event),
        "end-time": instant(event.at),
        status: STATUS[event.outcome],
        "num-of-records-processed": String(event.read - event.filtered),
        "num-of-record-failures": String(event.rejected),
        "num-of-records-filtered": String(event.filtered),
        // Of files that are carried over as they are.
        "num-of-documents-processed": "0",
        "data-processed": String(event.bytesRead),
        ...(event.message !== undefined && event.outcome !== "successful" && { error: event.message }),
      };
    case "run-blocked":
      return { ...runDetail(event), error: event.message };
    case "run-skipped":
      return { "due-time": instant(event.dueAt), "execution-in-progress": event.heldBy };
    case "flow-suspended":
      return { "deactivation-time": instant(event.at), "deactivation-reason": event.message };
  }
}

/** AppFlow documents no text but the first. */
const STATUS = {
  successful: "Execution Successful",
  error: "Execution Failed",
  canceled: "Execution Canceled",
} as const;

function runDetail({ run, startedAt, window }: Extract<FlowEvent, { readonly run: string }>) {
  return {
    "execution-id": run,
    "start-time": instant(startedAt),
    ...(window !== undefined && {
      "incremental-transfer-time-range": `${instant(window.from)}/${instant(window.to)}`,
    }),
  };
}

/** `S3`, or `ZENDESK/helpdesk` with the profile. */
function endOf({ connector, profile }: Endpoint): string {
  return [connector.toUpperCase(), profile ?? []].flat().join("/");
}

/** `s3://bucket/prefix`, or `s3://bucket`; where the name is all there is, without its scheme. */
function objectOf(
  { settings }: Endpoint,
  end: { describeObject(settings: Endpoint["settings"]): string } | undefined,
): string {
  const object = end?.describeObject(settings) ?? "";
  return object.replace(/^[a-z]+:(?!\/\/)/, "").replace(/(?<=^s3:\/\/[^/]*)\/$/, "");
}

/** Like `2021-08-24T09:02:47.643Z[UTC]`, as AppFlow writes them. */
function instant(time: number): string {
  return `${new Date(time).toISOString()}[UTC]`;
}

/** As much as ExecutionMessage may have; an event has at most 256 KB. */
const MAX_LENGTH = 2048;

function cut(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1).toWellFormed()}…`;
}
