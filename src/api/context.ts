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

/** All of the outside that an operation knows. */
export interface ApiContext extends BrowsePorts, SubscriptionPorts {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly inbox: Inbox;
  readonly calls: CallStore;
  readonly profiles: ProfileStore;
  readonly alarm: Alarm;
  readonly registrations: RegistrationStore;
  readonly vault: Vault;
  /** Calls other systems. */
  readonly send: Dispatch;
  readonly orchestrator: Orchestrator;
  readonly connectors: readonly Connector[];
  readonly place: Place;
  /** True to refuse whatever the service refuses, even where this engine could do it. */
  readonly strict: boolean;
  readonly quotas: Quotas;
  /** What DescribeFlow names for a flow without a key of its own. */
  readonly defaultKeyArn: string;
  readonly pages: Pages;
  /** The same for equal values, and for no others. */
  digest(json: Json): string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUID. */
  id(): string;
}

/** One call of an operation. */
export interface Call extends ApiContext {
  readonly caller: Caller;
  /** Its name. */
  readonly operation: string;
}

/** How many there may be of what; undefined for any number. */
export interface Quotas {
  readonly flows?: number | undefined;
  readonly profiles?: number | undefined;
  readonly concurrentRuns?: number | undefined;
}
