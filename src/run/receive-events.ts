import type { FlowStore } from "../flow/flow-store.ts";
import type { Flow } from "../flow/flow.ts";
import { subscriptionOf } from "../flow/keep-subscription.ts";
import type { Connector, EventSubscription } from "../sdk/connector.ts";
import type { InboxPorts } from "./inbox-source.ts";
import type { InboxEvent } from "./inbox.ts";

/** An event of a bus. */
export interface BusEvent extends InboxEvent {
  readonly source: string;
  readonly detailType: string;
}

export interface ReceivePorts extends InboxPorts {
  readonly flows: FlowStore;
  readonly connectors: readonly Connector[];
}

/** Puts the events that a flow is to get into its inbox, each once, in their order. Answers how many were new. */
export async function receiveEvents(flow: Flow, events: readonly BusEvent[], ports: ReceivePorts): Promise<number> {
  const wanted = subscriptionOf(flow, ports.connectors);
  const matching = wanted === undefined ? [] : events.filter((event) => matches(event, wanted));
  if (matching.length === 0) return 0;
  const texts = matching.map(({ id, text }) => ({ id, text }));
  return ports.inbox.add(flow.id, texts, ports.now());
}

/** Gives events to all flows that are to get them. */
export async function receiveForAll(events: readonly BusEvent[], ports: ReceivePorts): Promise<void> {
  for (let page = await ports.flows.list(FLOWS_AT_ONCE); page.length > 0;) {
    for (const flow of page) await receiveEvents(flow, events, ports);
    page = await ports.flows.list(FLOWS_AT_ONCE, page.at(-1)!.name);
  }
}

const FLOWS_AT_ONCE = 100;

function matches({ source, detailType }: BusEvent, wanted: EventSubscription): boolean {
  return isLike(source, wanted.source) && isLike(detailType, wanted.detailType ?? "*");
}

/** Compares the parts between the stars one by one: a regular expression of many stars could take for ever. */
function isLike(text: string, pattern: string): boolean {
  const [first = "", ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
