import type { MetadataCache } from "../../src/connection/metadata-cache.ts";
import type { ProfileStore } from "../../src/connection/profile-store.ts";
import type { RegistrationStore } from "../../src/connection/registration-store.ts";
import type { FlowStore } from "../../src/flow/flow-store.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import type { Inbox } from "../../src/run/inbox.ts";
import type { RunStore } from "../../src/run/run-store.ts";
import type { CallStore } from "../../src/store/remembered-call.ts";
import { callStoreContract } from "./call-store.ts";
import { eventOutboxContract } from "./event-outbox.ts";
import { flowStoreContract } from "./flow-store.ts";
import { inboxContract } from "./inbox.ts";
import { metadataCacheContract } from "./metadata-cache.ts";
import { profileStoreContract } from "./profile-store.ts";
import { registrationStoreContract } from "./registration-store.ts";
import { runStoreContract } from "./run-store.ts";

export interface Stores {
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly outbox: EventOutbox;
  readonly inbox: Inbox;
  readonly calls: CallStore;
  readonly profiles: ProfileStore;
  readonly registrations: RegistrationStore;
  readonly metadata: MetadataCache;
}

export interface StoresUnderTest {
  readonly stores: Stores;
  /** Stores over the same things, as another process would have them. */
  readonly others: Stores;
  close(): Promise<void>;
}

export interface StoresCase {
  readonly name: string;
  /** Stores in which is nothing. */
  open(): Promise<StoresUnderTest>;
}

/** Everything that the stores of the control plane promise. */
export function storesContract(subject: StoresCase): void {
  flowStoreContract(subject);
  runStoreContract(subject);
  eventOutboxContract(subject);
  inboxContract(subject);
  callStoreContract(subject);
  profileStoreContract(subject);
  registrationStoreContract(subject);
  metadataCacheContract(subject);
}
