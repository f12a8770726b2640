import type { RememberedCall } from "../store/remembered-call.ts";
import type { WriteResult } from "../store/write-result.ts";
import type { Registration } from "./registration.ts";

/** Where registered connectors are kept. Reads see every earlier write. A write remembers its call, where it is given one. */
export interface RegistrationStore {
  /** Refused when a connector of that label exists. */
  create(registration: Registration, call?: RememberedCall): Promise<WriteResult>;
  get(label: string): Promise<Registration | undefined>;
  /** Replaces a registration whose stored version is one less than the given one's; refused otherwise. */
  update(registration: Registration, call?: RememberedCall): Promise<WriteResult>;
  /** Up to `limit` registrations in the order of their labels, those after `after` only. */
  list(limit: number, after?: string): Promise<readonly Registration[]>;
  /** False when there is none. */
  delete(label: string): Promise<boolean>;
}
