import { receiveForAll } from "../run/receive-events.ts";
import type { BusEvent, ReceivePorts } from "../run/receive-events.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import { SettingsReader } from "../sdk/settings-reader.ts";
import { eventBusArn, type Place } from "./arns.ts";
import type { Caller, SignedRequest } from "./authenticate.ts";
import { ApiError, errorResponse } from "./problems.ts";
import { readBody, readJson } from "./read-json.ts";
import type { RouterPorts } from "./router.ts";
import { isObject } from "./tolerate.ts";

export interface PutEventsPorts extends ReceivePorts {
  readonly place: Place;
  /** Finds out who signed the request for the service `events`. */
  readonly authenticate: (request: SignedRequest) => Promise<Caller>;
  /** A new UUID. */
  readonly id: () => string;
  readonly report: RouterPorts["report"];
}

/** Whether a request is for EventBridge, and not for AppFlow: by its header, for both are at the same address. */
export function isPutEvents({ headers }: Request): boolean {
  return headers.get("x-amz-target") === "AWSEvents.PutEvents";
}

/**
 * EventBridge's PutEvents, for flows that run on events where there is no EventBridge. Answers when the events are in the
 * inboxes of all flows that are to get them. Every bus is the same, and sources may begin with `aws.`. Never fails.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export async function putEvents(request: Request, ports: PutEventsPorts): Promise<Response> {
  try {
    return Response.json(await answer(request, ports));
  } catch (error) {
    if (error instanceof ApiError) return errorResponse(error);
    const requestId = ports.id();
    ports.report(error, { requestId, path: "PutEvents" });
    return errorResponse(
      new ApiError("InternalServerException", `An internal error occurred; the log has it under ${requestId}.`),
    );
  }
}

const MAX_ENTRIES = 10;

async function answer(request: Request, ports: PutEventsPorts): Promise<JsonObject> {
  const url = new URL(request.url);
  const body = await readBody(request);
  const caller = await ports.authenticate({ method: request.method, url, headers: request.headers, body });
  permit(caller, ports.place);
  const json = readJson(body);
  const entries = isObject(json) && Array.isArray(json["Entries"]) ? json["Entries"] : [];
  if (entries.length === 0 || entries.length > MAX_ENTRIES) {
    throw new ApiError("ValidationException", `Entries: it has ${entries.length} — give 1 to ${MAX_ENTRIES}`);
  }
  const read = entries.map((entry) => readEntry(entry, ports));
  const events = read.flatMap((each) => each.event ?? []);
  await receiveForAll(events, ports);
  return {
    FailedEntryCount: entries.length - events.length,
    Entries: read.map(({ event, fault }): JsonObject => (event === undefined ? { ...fault } : { EventId: event.id })),
  };
}

/** Policies speak of AppFlow's actions alone, and would not say what they deny of another service's. */
function permit({ arn, access, policy }: Caller, place: Place): void {
  if (access === "full" && policy === undefined) return;
  throw new ApiError(
    "AccessDeniedException",
    `User: ${arn} is not authorized to perform: events:PutEvents on resource: ${eventBusArn(place, "default")}`,
  );
}

interface ReadEntry {
  readonly event?: BusEvent;
  readonly fault?: JsonObject;
}

/** The event that EventBridge would make of an entry, or why it would not. */
function readEntry(entry: Json, { place, id, now }: PutEventsPorts): ReadEntry {
  const reader = new SettingsReader(isObject(entry) ? entry : {});
  const source = reader.requiredText("Source", "give a text") ?? "";
  const detailType = reader.requiredText("DetailType", "give a text") ?? "";
  const detail = reader.requiredText("Detail", "give a JSON object as text") ?? "{}";
  const resources = reader.texts("Resources");
  const time = reader.number("Time") ?? now() / 1000;
  if (!(Math.abs(time) <= MOST_SECONDS)) reader.report("Time", "there is no such time", "give seconds since 1970");
  const [problem] = reader.problems;
  if (problem !== undefined) {
    const why = problem.remedy === undefined ? problem.message : `${problem.message} — ${problem.remedy}`;
    const message = `Parameter ${problem.path} is not valid. Reason: ${why}`;
    return { fault: { ErrorCode: "InvalidArgument", ErrorMessage: message } };
  }
  if (!isObjectText(detail)) return { fault: { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." } };
  const event = id();
  const head = {
    version: "0",
    id: event,
    "detail-type": detailType,
    source,
    account: place.account,
    time: new Date(Math.floor(time) * 1000).toISOString().replace(".000Z", "Z"),
    region: place.region,
    resources,
  };
  // The detail keeps its text: parsing it would round its numbers.
  const text = `${JSON.stringify(head).slice(0, -1)},"detail":${detail}}`;
  return { event: { id: event, source, detailType, text } };
}

/** https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MOST_SECONDS = 8.64e12;

function isObjectText(text: string): boolean {
  try {
    return isObject(JSON.parse(text) as Json);
  } catch {
    return false;
  }
}
