import type { FlowStore } from "../flow/flow-store.ts";
import type { Orchestrator } from "../run/orchestrator.ts";
import type { RunStore } from "../run/run-store.ts";
import type { Connector } from "../sdk/connector.ts";
import type { Json } from "../sdk/json.ts";
import type { CallStore } from "../store/remembered-call.ts";
import type { Place } from "./arns.ts";
import type { Caller } from "./authenticate.ts";
import type { Pages } from "./pages.ts";

/** All of the outside that an operation knows. */
export interface ApiContext {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly calls: CallStore;
  readonly orchestrator: Orchestrator;
  readonly connectors: readonly Connector[];
  readonly place: Place;
  /** What DescribeFlow names for a flow without a key of its own. */
  readonly defaultKeyArn: string;
  readonly pages: Pages;
  /** The same for equal values, and for no others. */
  digest(json: Json): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** A new UUID. */
  id(): string;
}

/** One call of an operation. */
export interface Call extends ApiContext {
  readonly caller: Caller;
}
