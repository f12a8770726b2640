import { DescribeEventBusCommand, type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { PutEventsRequestEntry, PutEventsResultEntry } from "@aws-sdk/client-eventbridge";
import { reportOf } from "../../api/event-report.ts";
import type { FlowEvent } from "../../flow/flow-event.ts";
import type { EventSink } from "../../run/deliver-events.ts";
import type { Connector } from "../../sdk/connector.ts";

export interface EventBusOptions {
  readonly client: EventBridgeClient;
  /** Name or ARN. */
  readonly bus: string;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Told why the bus does not take some of the events, which are then told again later. */
  readonly report: (error: unknown) => void;
}

/** What rules match by. Names that begin with `aws.` are Amazon's, and PutEvents refuses them. */
const SOURCE = "millrace.appflow";

/** Puts events on a bus of EventBridge, in AppFlow's form. Never on one that is not there. */
export function createEventBus({ client, bus, connectors, report }: EventBusOptions): EventSink {
  let isThere = false;

  /** PutEvents has answered that all is well for a bus that there was not, and then the events are gone. */
  const check = async () => {
    if (isThere) return;
    await attempt(client.send(new DescribeEventBusCommand({ Name: bus })), `find the event bus \`${bus}\``);
    isThere = true;
  };

  const put = async (events: readonly Packed[]): Promise<readonly FlowEvent[]> => {
    const command = new PutEventsCommand({ Entries: events.map(({ entry }) => entry) });
    const { Entries: results = [] } = await attempt(client.send(command), `put events on the bus \`${bus}\``);
    const refused = results.find(({ EventId }) => EventId === undefined);
    if (refused !== undefined) report(refusal(refused, bus));
    return events.flatMap(({ event }, place) => (results[place]?.EventId === undefined ? [] : event));
  };

  return {
    async take(events) {
      if (events.length === 0) return [];
      await check();
      const taken: FlowEvent[] = [];
      for (const some of requestsOf(events.map((event) => pack(event, bus, connectors)))) {
        taken.push(...(await put(some)));
      }
      return taken;
    },
  };
}

/** An event, as an entry of so many bytes. */
interface Packed {
  readonly event: FlowEvent;
  readonly entry: PutEventsRequestEntry;
  readonly bytes: number;
}

function pack(event: FlowEvent, bus: string, connectors: ReadonlyMap<string, Connector>): Packed {
  const { detailType, resources, detail } = reportOf(event, connectors);
  const entry = {
    EventBusName: bus,
    Source: SOURCE,
    DetailType: detailType,
    Resources: [...resources],
    Detail: JSON.stringify(detail),
    Time: new Date(event.at),
  };
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...entry.Resources];
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
  return { event, entry, bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES) };
}

const TIME_BYTES = 14;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10;
/** What every region takes; some have come to take a megabyte. */
const MAX_BYTES = 256 * 1024;

function requestsOf(events: readonly Packed[]): readonly (readonly Packed[])[] {
  const requests: Packed[][] = [];
  let bytes = 0;
  for (const event of events) {
    const last = requests.at(-1);
    bytes += event.bytes;
    if (last !== undefined && last.length < MAX_ENTRIES && bytes <= MAX_BYTES) last.push(event);
    else {
      requests.push([event]);
      bytes = event.bytes;
    }
  }
  return requests;
}

const RIGHTS = "Allow the engine's role events:PutEvents and events:DescribeEventBus on the bus.";
const LATER = "They are told again later.";

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["ResourceNotFoundException", "Make the bus, or set MILLRACE_EVENT_BUS to one that there is."],
  ["AccessDeniedException", RIGHTS],
  ["NotAuthorizedForSourceException", `Let the bus's policy take events of the source ${SOURCE}.`],
  ["NotAuthorizedForDetailTypeException", "Let the bus's policy take AppFlow's detail types."],
]);

function refusal({ ErrorCode: code = "", ErrorMessage: message = "" }: PutEventsResultEntry, bus: string): Error {
  return new Error(
    `The event bus \`${bus}\` does not take some events (${code}: ${message.slice(0, 500)}). ${ADVICE.get(code) ?? LATER}`,
  );
}

async function attempt<Answer>(sent: Promise<Answer>, doing: string): Promise<Answer> {
  try {
    return await sent;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    const text = `Cannot ${doing} (${name}: ${message.slice(0, 500)}). ${ADVICE.get(name) ?? LATER}`;
    throw new Error(text, { cause: error });
  }
}
