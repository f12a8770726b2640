import type { BrowsePorts } from "../connection/browse-entities.ts";
import type { ProfileStore } from "../connection/profile-store.ts";
import type { RegistrationStore } from "../connection/registration-store.ts";
import type { Vault } from "../connection/vault.ts";
import type { Alarm } from "../flow/alarm.ts";
import type { SubscriptionPorts } from "../flow/keep-subscription.ts";
import type { FlowStore } from "../flow/flow-store.ts";
import type { Inbox } from "../run/inbox.ts";
import type { Orchestrator } from "../run/orchestrator.ts";
import type { RunStore } from "../run/run-store.ts";
import type { Connector } from "../sdk/connector.ts";
import type { Dispatch } from "../sdk/http/dispatch.ts";
import type { Json } from "../sdk/json.ts";
import type { CallStore } from "../store/remembered-call.ts";
import type { Place } from "./arns.ts";
import type { Caller } from "./authenticate.ts";
import type { Pages } from "./pages.ts";

/** What every operation knows of the outside. */
export interface ApiContext extends Pick<BrowsePorts, "functions" | "metadata" | "wait" | "now"> {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly inbox: Inbox;
  readonly calls: CallStore;
  readonly profiles: ProfileStore;
  readonly registrations: RegistrationStore;
  readonly connectors: readonly Connector[];
  readonly place: Place;
  /** True to refuse whatever the service refuses, even where this engine could do it. */
  readonly strict: boolean;
  /** The buckets that flows may name; undefined for any. */
  readonly allowedBuckets: ReadonlySet<string> | undefined;
  readonly quotas: Quotas;
  /** What DescribeFlow names for a flow without a key of its own. */
  readonly defaultKeyArn: string;
  readonly pages: Pages;
  /** The same for equal values, and for no others. */
  digest(json: Json): string;
  /** A new UUID. */
  id(): string;
}

/** With what starts and stops flows and their runs. */
export interface FlowContext extends ApiContext, SubscriptionPorts {
  readonly alarm: Alarm;
  readonly orchestrator: Orchestrator;
}

/** With what leads into other systems: credentials, and data. */
export interface ConnectionContext extends ApiContext, BrowsePorts {
  readonly vault: Vault;
  /** Calls other systems. */
  readonly send: Dispatch;
}

/** Who calls which operation. */
export interface Called {
  readonly caller: Caller;
  /** The operation's name. */
  readonly operation: string;
}

/** One call of an operation. */
export interface Call extends ApiContext, Called {}

export interface FlowCall extends FlowContext, Called {}

export interface ConnectionCall extends ConnectionContext, Called {}

/** How many there may be of what; undefined for any number. */
export interface Quotas {
  readonly flows?: number | undefined;
  readonly profiles?: number | undefined;
  readonly concurrentRuns?: number | undefined;
}
