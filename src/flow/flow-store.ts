import type { RememberedCall } from "../store/remembered-call.ts";
import type { WriteResult } from "../store/write-result.ts";
import type { FlowEvent } from "./flow-event.ts";
import type { Flow } from "./flow.ts";

/** Where flows are kept. Reads see every earlier write. A write remembers its call with it, where it is given one. */
export interface FlowStore {
  /** Refused when a flow of that name exists. */
  create(flow: Flow, call?: RememberedCall): Promise<WriteResult>;
  get(name: string): Promise<Flow | undefined>;
  /**
   * Replaces a flow whose stored version is one less than the given one's; refused when it is another or gone. The events
   * are put into the outbox in the same write.
   */
  update(flow: Flow, call?: RememberedCall, events?: readonly FlowEvent[]): Promise<WriteResult>;
  /** Up to `limit` flows in the order of their names, those after `after` only. */
  list(limit: number, after?: string): Promise<readonly Flow[]>;
  /** Up to `limit` names of flows whose source or destination uses the profile, in order. */
  usingProfile(profile: string, limit: number): Promise<readonly string[]>;
  /** How many flows there are, counted up to `limit`. */
  count(limit: number): Promise<number>;
  /** False when there is none. */
  delete(name: string): Promise<boolean>;
}
