import type { ReadableSource } from "../sdk/connector.ts";
import { unstowList } from "../store/stowed-list.ts";
import type { Json } from "../sdk/json.ts";
import type { ConnectionPorts } from "./connect-source.ts";
import { inboxSource, placesOf } from "./inbox-source.ts";
import type { InboxPorts } from "./inbox-source.ts";
import type { ListPorts } from "./publish-set.ts";
import type { Run } from "./run.ts";
import { stowOf } from "./staging.ts";
import { readableSource, UnsupportedConnector } from "./usable-ends.ts";

export type SourcePorts = ConnectionPorts & InboxPorts;

/** Whether a run reads the events that wait for its flow: those that somebody asks for apart read something else. */
export function readsInbox({ trigger, range, redrive }: Pick<Run, "trigger" | "range" | "redrive">): boolean {
  return trigger === "event" && range === undefined && redrive === undefined;
}

/** What a run reads from. Fails with an `UnsupportedConnector` when this engine cannot read it. */
export function sourceOfRun(run: Run, connector: string, ports: SourcePorts): ReadableSource {
  if (!readsInbox(run)) return readableSource(ports.connectors, connector);
  const source = ports.connectors.get(connector)?.source;
  if (source?.events === undefined) throw new UnsupportedConnector(`No events come from ${connector}.`);
  return inboxSource(source, run.flowId, ports);
}

const EVENTS_AT_ONCE = 1000;

/**
 * Takes the events out of the inbox that a committed run has read. It holds the flow until that is done, so no other run
 * finds them; of one that has no effect they wait on. Repeatable.
 */
export async function removeEvents(run: Run, ports: ListPorts & InboxPorts): Promise<void> {
  if (!readsInbox(run) || run.state !== "committed") return;
  const slices = await unstowList<Json>(run.plan!.slices, stowOf(run, ports.stagingBucket, ports.objects));
  for (const places of slices.map(placesOf)) {
    for (let at = 0; at < places.length; at += EVENTS_AT_ONCE)
      await ports.inbox.remove(run.flowId, places.slice(at, at + EVENTS_AT_ONCE));
  }
}
